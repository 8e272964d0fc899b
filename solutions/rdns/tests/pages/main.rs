//! The console blocks of README.md, the chapters and the pages beside them: each command is run, and
//! where a block shows an output, it has to be the real one.
//!
//! A lesson's program is that of its solution, since the lesson's stubs are not written. Programs that
//! serve are started once, on free ports. Ids, times and versions may differ, and TTLs by a few
//! seconds. A line `…` on a page stands for any lines. `UPDATE_PAGES=1 cargo test -p rdns --test pages`
//! writes the outputs into the pages; the programs have to be built (`cargo build --bins`).

#![cfg(test)]
#![cfg(target_os = "linux")]

mod compare;
mod servers;

use compare::difference;
use servers::Servers;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Commands that are not run, by a part of their text, and the reason.
const NOT_RUN: &[(&str, &str)] = &[
    ("cargo test", "this is a part of it"),
    (
        "cargo xtask check",
        "compiles a lesson; xtask/tests/commands",
    ),
    ("cargo xtask scaffold", "makes a branch; xtask/tests/my_own"),
    ("git worktree", "makes a folder; xtask/tests/my_own"),
    ("cargo xtask judge", "tests/judged.rs"),
    (
        "cargo xtask lab",
        "serves until Ctrl-C; it is started for the others",
    ),
    (
        "--bin rdns -- --lab",
        "serves until Ctrl-C; it is started for the others",
    ),
    (
        "-p lesson-12-rdns",
        "serves until Ctrl-C; rdns is started in its place",
    ),
    (
        "-p lesson-05-serve",
        "serves until Ctrl-C; lesson 5's tests start it",
    ),
    ("127.0.0.1:5300", "a query to lesson 5's server"),
    ("-p 5300", "a query to lesson 5's server"),
    ("9.9.9.9", "queries the real Internet"),
    ("--outside", "queries the real Internet"),
    ("dig +noall +answer iana.org", "queries the real Internet"),
    ("@f.root-servers.net", "queries the real Internet"),
    (
        "www.dead.test\n",
        "the FAQ has the same query, with its output",
    ),
];

/// How often a command is run at the most: a busy machine can delay the replies of the lab's servers.
const RUNS: usize = 3;
/// The time for which `rdns` repeats a failure from its cache, and a little more.
const PAUSE: Duration = Duration::from_secs(6);

#[test]
fn each_console_block_shows_what_its_commands_print() {
    let Some(servers) = Servers::start() else {
        return;
    };
    let (servers, pages) = (&servers, pages());
    let checked: Vec<Checked> = std::thread::scope(|scope| {
        let threads = pages
            .iter()
            .map(|page| scope.spawn(|| check(servers, page)));
        let threads: Vec<_> = threads.collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let run: usize = checked.iter().map(|page| page.run).sum();
    let shown: usize = checked.iter().map(|page| page.shown).sum();
    let used: BTreeSet<_> = checked
        .iter()
        .flat_map(|page| page.not_run.iter().copied())
        .collect();
    let faults: Vec<String> = checked.into_iter().flat_map(|page| page.faults).collect();
    eprintln!("{run} commands were run, {shown} outputs compared");
    assert!(run > 40 && shown > 12, "{run} commands, {shown} outputs");
    let unused: Vec<_> = NOT_RUN
        .iter()
        .filter(|(part, _)| !used.contains(part))
        .collect();
    assert!(unused.is_empty(), "no page has these any more: {unused:?}");
    assert!(
        faults.is_empty(),
        "{} of {run} commands:\n\n{}\n\nUPDATE_PAGES=1 cargo test -p rdns --test pages writes the new outputs into the pages. \
         Where a server of the lab has moved, its new address is in the table that cargo xtask lab prints.",
        faults.len(),
        faults.join("\n\n")
    );
}

/// The commands of one page.
#[derive(Default)]
struct Checked {
    run: usize,
    /// Those of them whose output is shown.
    shown: usize,
    /// The entries of [`NOT_RUN`] that commands have.
    not_run: Vec<&'static str>,
    faults: Vec<String>,
}

/// Runs the commands of a page. With `UPDATE_PAGES`, writes outputs that differ into it.
fn check(servers: &Servers, page: &Path) -> Checked {
    let text = read(page);
    let (mut updated, mut checked) = (text.clone(), Checked::default());
    for Entry { command, output } in commands(&text) {
        let line = format!("{command}\n");
        if let Some((part, _)) = NOT_RUN.iter().find(|(part, _)| line.contains(part)) {
            checked.not_run.push(part);
            continue;
        }
        let name = page.strip_prefix(root()).unwrap_or(page);
        let place = format!("{}: $ {command}", name.display());
        checked.run += 1;
        checked.shown += usize::from(!output.trim().is_empty());
        let mut ran = run(servers, command, output);
        for _ in 1..RUNS {
            if matches!(ran, Ok((_, None))) {
                break;
            }
            std::thread::sleep(PAUSE);
            ran = run(servers, command, output);
        }
        let (got, difference) = match ran {
            Ok(ran) => ran,
            Err(fault) => {
                checked.faults.push(format!("{place}\n{fault}"));
                continue;
            }
        };
        if let Some(difference) = difference {
            checked.faults.push(format!("{place}\n{difference}"));
            let shown = format!("$ {command}\n{output}");
            updated = updated.replacen(&shown, &format!("$ {command}\n{}\n", got.trim_end()), 1);
        }
    }
    if std::env::var_os("UPDATE_PAGES").is_some() && updated != text {
        fs::write(page, updated).unwrap();
    }
    checked
}

/// Runs a command. Returns its output, and the difference to that on the page, if it has one.
fn run(servers: &Servers, command: &str, output: &str) -> Result<(String, Option<String>), String> {
    let got = servers.run(command)?;
    let is_shown = !output.trim().is_empty();
    let difference = is_shown.then(|| difference(output, &got)).flatten();
    Ok((got, difference))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Lists README.md, the chapters and the pages of reference.
fn pages() -> Vec<PathBuf> {
    let root = root();
    let mut pages = vec![root.join("README.md")];
    let folder = |path: &Path| {
        fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().path())
    };
    for lesson in folder(&root.join("lessons")) {
        let name = lesson.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("lesson-") {
            pages.push(lesson.join("README.md"));
        }
    }
    pages.extend(folder(&root.join("lessons/reference")));
    pages.sort();
    pages
}

/// A command of a page, and the lines below it.
struct Entry<'p> {
    command: &'p str,
    output: &'p str,
}

/// Lists the commands of a page's console blocks.
fn commands(page: &str) -> Vec<Entry<'_>> {
    let blocks = page.split("```console\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap_or(block));
    let mut entries = Vec::new();
    for block in blocks {
        for part in format!("\n{block}").split("\n$ ").skip(1) {
            // The parts of the copy lie at the same places in the block.
            let start = block.find(part.trim_end_matches('\n')).unwrap();
            let part = &block[start..(start + part.len()).min(block.len())];
            let (command, output) = part.split_once('\n').unwrap_or((part, ""));
            entries.push(Entry { command, output });
        }
    }
    entries
}
