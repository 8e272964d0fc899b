//! The tables of `solutions/README.md`: the answers of three resolvers for each fault, and the
//! upstream queries that each shape costs them.
//!
//! Two tests measure both anew, and fail if the page has something else. A cell in which a
//! resolver's answer differs from run to run says "varies".

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use dnsparse::Name;
use lab::Lab;
use real_servers::namespace::{require_namespaces, run_ignored_test};
use real_servers::require_programs;

use crate::cases::{Case, KINDS};
use crate::page::{Column, check, column_of_page, is_update};
use crate::programs::{Program, QueryLog, addresses, hints, resolve, serve};
use crate::shapes::{self, SHAPES, Shape};
use crate::{expand, name, sorted};

/// The number of cases that are played at the same time.
const WORKERS: usize = 6;
/// How often a new cell is measured when the table is written: an answer that comes in every second
/// run looks stable in one table of a hundred.
const WRITE_RUNS: usize = 8;
/// How often a cell is measured at the most when it is compared.
const COMPARE_RUNS: usize = 3;
const VARIES: &str = "varies";

/// The resolvers, one for each column.
const PROGRAMS: [Program; 3] = [Program::Rdns, Program::Unbound, Program::PdnsRecursor];
/// The tests that measure a column of each table, in a namespace of its own.
const FAULTS: [&str; 3] = [
    "table::faults_of_rdns",
    "table::faults_of_unbound",
    "table::faults_of_pdns_recursor",
];
const SHAPES_COST: [&str; 3] = [
    "table::shapes_of_rdns",
    "table::shapes_of_unbound",
    "table::shapes_of_pdns_recursor",
];

/// The text of a case's question, which is the key of its row.
fn key(case: &Case) -> String {
    format!("{} {}", case.question.0, case.question.1)
}

fn cases() -> impl Iterator<Item = (&'static str, &'static Case)> {
    let of_kind = |kind: &'static crate::cases::Kind| {
        let cases = kind.cases.iter();
        cases.map(|case| (kind.name, case))
    };
    KINDS.iter().flat_map(of_kind)
}

/// The file in which a test in a namespace leaves its measurements.
fn results_file(what: &str, index: usize) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("measured-{what}-{index}"))
}

#[test]
fn the_table_of_faults_is_what_three_resolvers_answer() {
    if let Some(columns) = measure("faults", FAULTS, &Lab::internet()) {
        check("faults", &faults_table(&columns));
    }
}

#[test]
fn the_table_of_shapes_is_what_they_cost_three_resolvers() {
    if let Some(columns) = measure("shapes", SHAPES_COST, &shapes::lab()) {
        check("shapes", &shapes_table(&columns));
    }
}

/// Runs the tests that measure the columns; none if the programs are not installed. A column of
/// another version than the one that is installed is left as it is.
fn measure(what: &str, tests: [&str; 3], lab: &Lab) -> Option<[Column; 3]> {
    if !require_programs(&["unbound", "pdns_recursor"]) || !require_namespaces() {
        return None;
    }
    let addresses = addresses(lab);
    let measure_column = |index: usize| {
        let header = PROGRAMS[index].with_version();
        let old = column_of_page(what, index);
        if header != old.header && !is_update() {
            eprintln!(
                "not compared: this is {header}, the page has {}",
                old.header
            );
            return old;
        }
        run_ignored_test(tests[index], &addresses);
        let text = fs::read_to_string(results_file(what, index)).unwrap();
        let cells = text.lines().filter_map(|line| line.split_once('\t'));
        let cells = cells.map(|(key, cell)| (key.into(), cell.into()));
        Column {
            header,
            cells: cells.collect(),
        }
    };
    Some(thread::scope(|scope| {
        let threads = [0, 1, 2].map(|index| scope.spawn(move || measure_column(index)));
        threads.map(|thread| thread.join().unwrap())
    }))
}

#[test]
fn each_question_belongs_to_one_fault() {
    let mut keys: Vec<String> = cases().map(|(_, case)| key(case)).collect();
    keys.sort();
    for pair in keys.windows(2) {
        assert_ne!(pair[0], pair[1], "two cases have this question");
    }
}

fn headers(columns: &[Column; 3]) -> String {
    columns.each_ref().map(|it| it.header.as_str()).join(" | ")
}

fn faults_table(columns: &[Column; 3]) -> String {
    let headers = headers(columns);
    let mut table = format!(
        "| kind | question | fault | RFC | {headers} |\n| --- | --- | --- | --- | --- | --- | --- |\n"
    );
    let mut last_kind = "";
    for (kind, case) in cases() {
        let key = key(case);
        let cells: Vec<_> = columns.iter().map(|column| column.cell(&key)).collect();
        let shown = if kind == last_kind { "" } else { kind };
        last_kind = kind;
        table += &format!(
            "| {shown} | `{key}` | {} | {} | {} |\n",
            case.fault,
            case.rfc,
            cells.join(" | ")
        );
    }
    table
}

fn shapes_table(columns: &[Column; 3]) -> String {
    let headers = headers(columns);
    let mut table = format!("| question | shape | {headers} |\n| --- | --- | --- | --- | --- |\n");
    for shape in SHAPES {
        let key = format!("{} {}", shape.question.0, shape.question.1);
        let cells: Vec<_> = columns.iter().map(|column| column.cell(&key)).collect();
        table += &format!("| `{key}` | {} | {} |\n", shape.name, cells.join(" | "));
    }
    table
}

#[test]
#[ignore = "needs a network namespace: a test above runs it in one"]
fn faults_of_rdns() {
    measure_faults(0);
}

#[test]
#[ignore = "needs a network namespace: a test above runs it in one"]
fn faults_of_unbound() {
    measure_faults(1);
}

#[test]
#[ignore = "needs a network namespace: a test above runs it in one"]
fn faults_of_pdns_recursor() {
    measure_faults(2);
}

/// Returns the cells that the page has for the installed version.
fn known_cells(what: &str, index: usize) -> BTreeMap<String, String> {
    let column = column_of_page(what, index);
    match column.header == PROGRAMS[index].with_version() {
        true => column.cells,
        false => BTreeMap::new(),
    }
}

/// Measures one column, a few cases at a time.
fn measure_faults(index: usize) {
    let program = PROGRAMS[index];
    let lab = Lab::internet();
    let (log, hints) = (serve(&lab), hints(&lab));
    let expected = known_cells("faults", index);
    let queue = Mutex::new(cases());
    let results = Mutex::new(String::new());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let Some((_, case)) = queue.lock().unwrap().next() else {
                        return;
                    };
                    let key = key(case);
                    let run = || play(program, case, &hints, &log);
                    let cell = settle(expected.get(&key).map(String::as_str), run);
                    *results.lock().unwrap() += &format!("{key}\t{cell}\n");
                }
            });
        }
    });
    fs::write(results_file("faults", index), results.into_inner().unwrap()).unwrap();
}

/// Returns the cell of the page if one of a few runs confirms it: a busy machine can delay a reply.
///
/// Otherwise it returns another cell, and when the table is written, one from many runs: if not all
/// of them agree, the cell "varies".
fn settle(expected: Option<&str>, run: impl Fn() -> String) -> String {
    if expected == Some(VARIES) {
        return VARIES.to_owned();
    }
    let mut cell = run();
    for _ in 1..COMPARE_RUNS {
        if Some(cell.as_str()) == expected {
            return cell;
        }
        cell = run();
    }
    let is_right = !is_update() || Some(cell.as_str()) == expected;
    match is_right || (1..WRITE_RUNS).all(|_| run() == cell) {
        true => cell,
        false => VARIES.to_owned(),
    }
}

#[test]
#[ignore = "needs a network namespace: a test above runs it in one"]
fn shapes_of_rdns() {
    measure_shapes(0);
}

#[test]
#[ignore = "needs a network namespace: a test above runs it in one"]
fn shapes_of_unbound() {
    measure_shapes(1);
}

#[test]
#[ignore = "needs a network namespace: a test above runs it in one"]
fn shapes_of_pdns_recursor() {
    measure_shapes(2);
}

/// Measures one column, one shape after another: the servers have one log.
fn measure_shapes(index: usize) {
    let program = PROGRAMS[index];
    let lab = shapes::lab();
    let (log, hints) = (serve(&lab), hints(&lab));
    let expected = known_cells("shapes", index);
    let mut results = String::new();
    for shape in SHAPES {
        let key = format!("{} {}", shape.question.0, shape.question.1);
        let run = || cost(program, &shape, &hints, &log);
        let cell = settle_count(expected.get(&key).map(String::as_str), run);
        results += &format!("{key}\t{cell}\n");
    }
    fs::write(results_file("shapes", index), results).unwrap();
}

/// Returns the cell of the page if one of a few runs confirms it: a number, or the least and the
/// greatest of several, `6 to 9`.
///
/// A number within the range confirms it, with a quarter more room at both ends: a resolver that
/// selects servers at random has other numbers in each run.
fn settle_count(expected: Option<&str>, run: impl Fn() -> usize) -> String {
    let numbers = expected.unwrap_or_default().split(" to ");
    let numbers: Vec<usize> = numbers.filter_map(|it| it.parse().ok()).collect();
    let fits = |count: usize| match (numbers.first(), numbers.last()) {
        (Some(least), Some(most)) => (least - least / 4..=most + most / 4).contains(&count),
        _ => false,
    };
    let runs = if is_update() {
        WRITE_RUNS
    } else {
        COMPARE_RUNS
    };
    let mut counts = Vec::new();
    for _ in 0..runs {
        let count = run();
        match expected {
            Some(expected) if fits(count) => return expected.to_owned(),
            _ => counts.push(count),
        }
    }
    counts.sort_unstable();
    match counts[..] {
        [least, .., most] if least != most => format!("{least} to {most}"),
        _ => counts[0].to_string(),
    }
}

/// Returns the number of upstream queries until the answer, with empty caches.
fn cost(program: Program, shape: &Shape, hints: &str, log: &QueryLog) -> usize {
    /// The time without a query after which a resolver is done with its start.
    const QUIET: Duration = Duration::from_millis(500);
    let resolver = program.start(hints);
    let mut before = log.names().len();
    loop {
        thread::sleep(QUIET);
        match log.names().len() {
            count if count == before => break,
            count => before = count,
        }
    }
    let (qname, qtype) = shape.question;
    let answer = resolve(resolver.address, qname, qtype).unwrap_or_default();
    let count = log.names().len() - before;
    let expected = expand(shape.expected);
    assert_eq!(sorted(&answer), sorted(&expected), "{qname} {program:?}");
    count
}

/// Starts the resolver with empty caches, and sends it the questions of a case.
fn play(program: Program, case: &Case, hints: &str, log: &QueryLog) -> String {
    let resolver = program.start(hints);
    for (qname, qtype) in case.before {
        resolve(resolver.address, qname, *qtype);
    }
    let earlier = log.names().len();
    let (qname, qtype) = case.question;
    let Some(answer) = resolve(resolver.address, qname, qtype) else {
        return "no reply in 5 s".to_owned();
    };
    let is_expected = sorted(&answer) == sorted(&expand(case.expected));
    let is_leak =
        |queried: &Name| name(qname).is_at_or_below(queried) && queried.labels().count() > 2;
    let leaks = case.within_ms == 0 && log.names().iter().skip(earlier).any(is_leak);
    let rcode = |answer: &str| answer.split(' ').next().unwrap_or_default().to_owned();
    match rcode(&answer) {
        _ if is_expected && leaks => "leaks".to_owned(),
        _ if is_expected => "yes".to_owned(),
        wrong if wrong != rcode(case.expected) => wrong,
        alone if alone == answer => "no records".to_owned(),
        _ => "other records".to_owned(),
    }
}
