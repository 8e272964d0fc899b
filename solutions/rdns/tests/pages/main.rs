//! The console blocks of README.md, the chapters and the pages beside them: each command is run, and
//! where a block shows an output, it has to be the real one.
//!
//! A lesson's program is that of its solution, since the lesson's stubs are not written. Programs that
//! serve are started once, on free ports. Ids, times and versions may differ, and TTLs by a few
//! seconds. A line `…` on a page stands for any lines. `UPDATE_PAGES=1 cargo test -p rdns --test pages` writes the outputs into the pages; the
//! programs have to be built (`cargo build --bins`).

#![cfg(test)]
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

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

/// The ports that the pages name: those of `cargo xtask lab` and of `rdns`.
const LAB_PORT: &str = "10053";
const RDNS_PORT: &str = "2053";

/// A TTL may be this much lower than on the page.
const TTL_DRIFT: u64 = 5;

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
        let got = match servers.run(command) {
            Ok(got) => got,
            Err(fault) => {
                checked.faults.push(format!("{place}\n{fault}"));
                continue;
            }
        };
        if output.trim().is_empty() {
            continue;
        }
        checked.shown += 1;
        if let Some(difference) = difference(output, &got) {
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

/// The programs that the commands query.
struct Servers {
    lab: Child,
    rdns: Child,
    lab_port: String,
    rdns_port: String,
}

impl Servers {
    /// Starts them, or says why not.
    fn start() -> Option<Servers> {
        let missing = if Command::new("dig").arg("-v").output().is_err() {
            Some("dig is not installed".to_owned())
        } else {
            let programs = ["lab", "client", "solution-17-deny"].map(program);
            let missing = programs.iter().find(|path| !path.exists());
            missing.map(|path| format!("{} is not built: cargo build --bins", path.display()))
        };
        if let Some(missing) = missing {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{missing}");
            eprintln!("skipped: {missing}");
            return None;
        }
        let (lab_port, rdns_port) = (free_port("127.53.0.1"), free_port("127.0.0.1"));
        let mut lab = Command::new(program("lab"))
            .args(["--port", &lab_port])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = BufReader::new(lab.stdout.take().unwrap()).lines();
        let is_ready = |line: &String| line.starts_with("All of them listen now");
        let ready = printed.map_while(Result::ok).find(is_ready);
        assert!(
            ready.is_some(),
            "the lab does not listen on port {lab_port}"
        );
        let rdns = Command::new(env!("CARGO_BIN_EXE_rdns"))
            .args(["--lab", "--listen", &format!("127.0.0.1:{rdns_port}")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while TcpStream::connect(format!("127.0.0.1:{rdns_port}")).is_err() {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "rdns does not listen"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Servers {
            lab,
            rdns,
            lab_port,
            rdns_port,
        })
    }

    /// Runs a command of a page. Returns its output with the page's ports.
    fn run(&self, command: &str) -> Result<String, String> {
        let shell = self.translated(command);
        let output = Command::new("bash")
            .args(["-c", &shell])
            .current_dir(root())
            .env("COLUMNS", "140")
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let [out, error] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
        let text = format!("{out}{error}")
            .replace(&format!("#{}", self.rdns_port), &format!("#{RDNS_PORT}"))
            .replace(
                &format!("-p {}", self.rdns_port),
                &format!("-p {RDNS_PORT}"),
            )
            .replace(&format!("-p {}", self.lab_port), &format!("-p {LAB_PORT}"));
        // 101 is a panic's, and bash adds 128 to the number of a signal.
        let status = output.status.code();
        match status {
            Some(0..=9) if !text.trim().is_empty() => Ok(text),
            _ => Err(format!(
                "{shell} ended with status {status:?} and printed:\n{text}"
            )),
        }
    }

    /// Returns the command with built programs in place of cargo, and the ports of these servers.
    fn translated(&self, command: &str) -> String {
        let command = command
            .replace(
                &format!("-p {LAB_PORT} "),
                &format!("-p {} ", self.lab_port),
            )
            .replace(
                &format!("-p {RDNS_PORT} "),
                &format!("-p {} ", self.rdns_port),
            );
        let Some((before, cargo)) = command.split_once("cargo run ") else {
            return command;
        };
        let words: Vec<&str> = cargo.split(' ').collect();
        let place = words
            .iter()
            .position(|word| matches!(*word, "-p" | "--bin"))
            .unwrap();
        let name = words[place + 1].replacen("lesson-", "solution-", 1);
        let arguments = words[place + 2..].iter();
        let arguments: Vec<&str> = arguments
            .skip_while(|word| **word == "--")
            .copied()
            .collect();
        format!(
            "{before}{} {}",
            program(&name).display(),
            arguments.join(" ")
        )
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for child in [&mut self.lab, &mut self.rdns] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Returns the place of a program: all are built into one folder.
fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_rdns")).with_file_name(name)
}

fn free_port(address: &str) -> String {
    let listener = TcpListener::bind((address, 0)).unwrap();
    listener.local_addr().unwrap().port().to_string()
}

/// Compares outputs line by line. Returns the first lines that differ. A line `…` of the page stands
/// for any lines.
fn difference(page: &str, output: &str) -> Option<String> {
    let (page, output) = (page.trim_end(), output.trim_end());
    let (mut expected, mut got) = (page.lines(), output.lines());
    loop {
        if expected.clone().next() == Some("…") {
            expected.next();
            let next = expected.next()?;
            if !got.any(|line| is_like(&masked(next), &masked(line))) {
                return Some(format!("  page: {next}\nis not in:\n{output}"));
            }
            continue;
        }
        let (expected, got) = match (expected.next(), got.next()) {
            (None, None) => return None,
            (expected, got) => (expected.unwrap_or("(end)"), got.unwrap_or("(end)")),
        };
        if !is_like(&masked(expected), &masked(got)) {
            return Some(format!(
                "  page:   {expected}\n  prints: {got}\nAll of it:\n{output}"
            ));
        }
    }
}

/// Returns a line without what differs from run to run.
fn masked(line: &str) -> String {
    for start in [";; Query time: ", ";; WHEN: ", "; <<>> DiG "] {
        if line.starts_with(start) {
            return start.to_owned();
        }
    }
    if let Some((before, id)) = line.split_once(", id: ") {
        let rest = id.trim_start_matches(|c: char| c.is_ascii_digit());
        return format!("{before}, id: ID{rest}");
    }
    // The list of servers that failed has no order.
    if line.starts_with("; EDE: ") {
        return line.splitn(3, '(').take(2).collect();
    }
    line.to_owned()
}

/// Whether two lines are equal, except that a time may be lower in the second one.
fn is_like(expected: &str, got: &str) -> bool {
    let has_time =
        expected.split_whitespace().any(|word| word == "IN") || expected.contains("expires in");
    if !has_time {
        return expected == got;
    }
    let (expected, got) = (expected.split_whitespace(), got.split_whitespace());
    let number = |word: &str| word.parse::<u64>().ok();
    expected.clone().count() == got.clone().count()
        && expected
            .zip(got)
            .all(|(expected, got)| match (number(expected), number(got)) {
                (Some(expected), Some(got)) => expected.abs_diff(got) <= TTL_DRIFT,
                _ => expected == got,
            })
}
