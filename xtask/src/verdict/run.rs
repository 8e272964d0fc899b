//! Running tests: first all tests of an executable in one process, then each test that did not pass
//! there in a process of its own. A test that hangs can then be killed, a crash ends no other test,
//! and a failure's output and snapshots are its own.
//!
//! ```text
//! process   one process: started, its output kept, its end awaited, its group killed
//! together  a whole executable, and the harness's report on its tests
//! ```

mod process;
mod together;

use crate::course::graded;
use crate::verdict::build::{Executable, Origin};
use crate::verdict::pending_snapshots;
use anyhow::Result;
use process::{command, run, start};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Mutex;
use std::time::Duration;
use together::Report;

/// The time that a test may take; most take milliseconds.
const LIMIT: Duration = Duration::from_secs(10);
/// The time that a test may take once another has hung: it is probably the same endless loop.
const LIMIT_AFTER_HANG: Duration = Duration::from_secs(4);
/// The time without a line of output after which a test hangs on a wrong program.
const LIMIT_ON_WRONG: Duration = Duration::from_secs(4);
/// The time that all tests may take that run one by one, so that the command ends within a minute.
const LIMIT_FOR_ALL: Duration = Duration::from_secs(40);
/// How many tests run at once. Some only wait for a socket, so this is more than the number of
/// cores.
const WORKERS: u32 = 4;

/// A test whose process has ended, or was never started.
pub(crate) struct FinishedTest {
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) end: End,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The folder of its pending snapshots.
    pub(crate) pending: PathBuf,
}

/// How a test's process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The harness reported that it passed.
    Passed,
    /// The harness reported that it is marked `#[ignore]`.
    Ignored,
    Exit(ExitStatus),
    /// The process was killed after this time.
    Hung(Duration),
    /// No time was left to start it.
    NotRun,
}

/// A test to run in a process of its own.
struct Test<'e> {
    executable: &'e Executable,
    name: String,
    pending: PathBuf,
}

/// Which tests are run one by one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// All that did not pass together.
    AllAreRun,
    /// Those up to the first that fails.
    OneFails,
}

/// Runs every test of `executables`, and returns them in the order of their names. Temporary files
/// and pending snapshots go below `scratch`.
pub(crate) fn run_all(
    root: &Path,
    executables: &[Executable],
    scratch: &Path,
    until: Until,
) -> Result<Vec<FinishedTest>> {
    let mut finished = Vec::new();
    let mut left = Vec::new();
    for (executable, report) in all_together(root, executables, scratch)? {
        for name in report.names(|| list(root, executable, scratch))? {
            let Some(end) = report.end(&name) else {
                let pending = scratch.join(left.len().to_string());
                left.push(Test {
                    executable,
                    name,
                    pending,
                });
                continue;
            };
            finished.push(FinishedTest {
                name,
                origin: executable.origin,
                end,
                stdout: String::new(),
                stderr: String::new(),
                pending: scratch.to_owned(),
            });
        }
    }
    finished.extend(one_by_one(root, &left, until)?);
    finished.sort_by(|one, other| (one.origin, &one.name).cmp(&(other.origin, &other.name)));
    Ok(finished)
}

/// Runs all tests of the learner's own executable on a wrong program. Returns whether they pass.
pub(crate) fn passes_on(
    root: &Path,
    executable: &Executable,
    scratch: &Path,
    subject: &str,
) -> Result<bool> {
    std::fs::create_dir_all(scratch)?;
    let mut command = command(root, executable, scratch);
    command.env(graded::SUBJECT, subject);
    let output = run(start(&mut command, executable)?, LIMIT, LIMIT_ON_WRONG)?;
    let success = output.status.is_some_and(|status| status.success());
    // The status alone does not show success: the code under test may call `exit(0)`.
    Ok(success && output.stdout.contains("test result: ok. "))
}

/// Runs each executable as a whole, all at the same time.
fn all_together<'e>(
    root: &Path,
    executables: &'e [Executable],
    scratch: &Path,
) -> Result<Vec<(&'e Executable, Report)>> {
    std::thread::scope(|scope| {
        let start = |(number, executable): (usize, &'e Executable)| {
            let folder = scratch.join(format!("together-{number}"));
            scope.spawn(move || Ok((executable, together::run(root, executable, &folder)?)))
        };
        let threads: Vec<_> = executables.iter().enumerate().map(start).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().map(join).collect()
    })
}

/// Lists the names of an executable's tests.
fn list(root: &Path, executable: &Executable, scratch: &Path) -> Result<Vec<String>> {
    let mut command = command(root, executable, scratch);
    command.args(["--list", "--format", "terse"]);
    let process = start(&mut command, executable)?;
    let output = run(process, LIMIT, LIMIT)?;
    Ok(output
        .stdout
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect())
}

/// Runs each test in a process of its own, several at a time.
fn one_by_one(root: &Path, tests: &[Test<'_>], until: Until) -> Result<Vec<FinishedTest>> {
    let runner = Runner {
        root,
        until,
        state: Mutex::new(State::default()),
    };
    let results = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..tests.len().min(WORKERS as usize))
            .map(|_| scope.spawn(|| runner.work(tests)))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_default())
            .collect::<Vec<_>>()
    });
    results.into_iter().flatten().collect()
}

/// The state that the worker threads share.
struct Runner<'r> {
    root: &'r Path,
    until: Until,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: usize,
    /// The time that all tests so far had, together.
    spent: Duration,
    hung: bool,
    failed: bool,
}

impl Runner<'_> {
    fn work(&self, tests: &[Test<'_>]) -> Vec<Result<FinishedTest>> {
        let mut results = Vec::new();
        while let Some((index, limit)) = self.take() {
            let Some(test) = tests.get(index) else { break };
            let ran = test.run(self.root, limit);
            if let (Ok((ran, given)), Ok(mut state)) = (&ran, self.state.lock()) {
                state.spent += *given;
                state.hung |= matches!(ran.end, End::Hung(_));
                state.failed |= !matches!(ran.end, End::Exit(status) if status.success());
            }
            results.push(ran.map(|(ran, _)| ran));
        }
        results
    }

    /// Takes the next test: its number, and the time that it may take.
    fn take(&self) -> Option<(usize, Duration)> {
        let mut state = self.state.lock().ok()?;
        if state.failed && self.until == Until::OneFails {
            return None;
        }
        state.next += 1;
        let limit = if state.hung { LIMIT_AFTER_HANG } else { LIMIT };
        Some((
            state.next - 1,
            limit.min(LIMIT_FOR_ALL.saturating_sub(state.spent / WORKERS)),
        ))
    }
}

impl Test<'_> {
    /// Runs the test. Returns the time that it had, too.
    fn run(&self, root: &Path, limit: Duration) -> Result<(FinishedTest, Duration)> {
        let ran = |end, stdout, stderr| FinishedTest {
            name: self.name.clone(),
            origin: self.executable.origin,
            end,
            stdout,
            stderr,
            pending: self.pending.clone(),
        };
        if limit.is_zero() {
            let none = ran(End::NotRun, String::new(), String::new());
            return Ok((none, Duration::ZERO));
        }
        std::fs::create_dir_all(&self.pending)?;
        let mut command = command(root, self.executable, &self.pending);
        command.args(["--exact", &self.name, "--nocapture", "--color", "never"]);
        let output = run(start(&mut command, self.executable)?, limit, limit)?;
        let end = output.status.map_or(End::Hung(limit), End::Exit);
        Ok((ran(end, output.stdout, output.stderr), output.given))
    }
}
