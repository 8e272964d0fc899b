//! Running tests, each in a process of its own: a test that hangs can be killed, and a crash ends
//! no other test.

use crate::verdict::build::Executable;
use crate::verdict::pending_snapshots;
use anyhow::{Context, Result};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// The time that a test may take; most take milliseconds.
const LIMIT: Duration = Duration::from_secs(10);
/// The time that a test may take once another has hung: it is probably the same endless loop.
const LIMIT_AFTER_HANG: Duration = Duration::from_secs(4);
/// The time that all tests may take, so that the command ends within a minute.
const LIMIT_FOR_ALL: Duration = Duration::from_secs(50);
/// The time that an executable may be busy before it counts as an error.
const BUSY: Duration = Duration::from_secs(5);
/// How many tests run at once. Some only wait for a socket, so this is more than the number of
/// cores.
const WORKERS: usize = 4;
/// How many octets are kept of the beginning of a stream, and of its end: a loop may print without
/// end.
const KEPT_OCTETS: usize = 256 * 1024;

/// A test whose process has ended, or was never started.
pub(crate) struct FinishedTest {
    pub(crate) name: String,
    pub(crate) end: End,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The folder of its pending snapshots.
    pub(crate) pending: PathBuf,
}

/// How a test's process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Exit(ExitStatus),
    /// The process was killed after this time.
    Hung(Duration),
    /// No time was left to start it.
    NotRun,
}

/// One test of an executable.
struct Test<'e> {
    executable: &'e Executable,
    name: String,
    pending: PathBuf,
}

/// Runs every test of `executables`, and returns them in the order of their names. Pending
/// snapshots go below `scratch`.
pub(crate) fn run_all(
    root: &Path,
    executables: &[Executable],
    scratch: &Path,
) -> Result<Vec<FinishedTest>> {
    let mut tests = Vec::new();
    for executable in executables {
        for name in list(root, executable, scratch)? {
            let pending = scratch.join(tests.len().to_string());
            tests.push(Test {
                executable,
                name,
                pending,
            });
        }
    }
    let runner = Runner {
        root,
        begun: Instant::now(),
        state: Mutex::new(State::default()),
    };
    let results = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|_| scope.spawn(|| runner.work(&tests)))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_default())
            .collect::<Vec<_>>()
    });
    let mut results: Vec<(usize, Result<FinishedTest>)> = results.into_iter().flatten().collect();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, ran)| ran).collect()
}

/// The state that the worker threads share.
struct Runner<'r> {
    root: &'r Path,
    begun: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: usize,
    hung: bool,
}

impl Runner<'_> {
    fn work(&self, tests: &[Test<'_>]) -> Vec<(usize, Result<FinishedTest>)> {
        let mut results = Vec::new();
        while let Some((index, limit)) = self.take() {
            let Some(test) = tests.get(index) else { break };
            let ran = test.run(self.root, limit);
            if ran
                .as_ref()
                .is_ok_and(|ran| matches!(ran.end, End::Hung(_)))
                && let Ok(mut state) = self.state.lock()
            {
                state.hung = true;
            }
            results.push((index, ran));
        }
        results
    }

    /// Takes the next test: its number, and the time that it may take.
    fn take(&self) -> Option<(usize, Duration)> {
        let mut state = self.state.lock().ok()?;
        state.next += 1;
        let limit = if state.hung { LIMIT_AFTER_HANG } else { LIMIT };
        Some((
            state.next - 1,
            limit.min(LIMIT_FOR_ALL.saturating_sub(self.begun.elapsed())),
        ))
    }
}

impl Test<'_> {
    fn run(&self, root: &Path, limit: Duration) -> Result<FinishedTest> {
        let ran = |end, stdout, stderr| FinishedTest {
            name: self.name.clone(),
            end,
            stdout,
            stderr,
            pending: self.pending.clone(),
        };
        if limit.is_zero() {
            return Ok(ran(End::NotRun, String::new(), String::new()));
        }
        let mut command = command(root, self.executable, &self.pending);
        command.args(["--exact", &self.name, "--nocapture", "--color", "never"]);
        let mut child = start(&mut command, self.executable)?;
        let (stdout, stderr) = (collect(child.stdout.take()), collect(child.stderr.take()));
        let end = wait(&mut child, limit)?;
        // A process that the test started may keep the pipes open: it is not waited for.
        let grace = Duration::from_millis(500);
        let text = |stream: Receiver<Vec<u8>>| {
            String::from_utf8_lossy(&stream.recv_timeout(grace).unwrap_or_default()).into_owned()
        };
        Ok(ran(end, text(stdout), text(stderr)))
    }
}

/// Returns the command of a test executable, without the variables that could change what a test
/// does.
fn command(root: &Path, executable: &Executable, pending: &Path) -> Command {
    let mut command = Command::new(&executable.path);
    command
        .current_dir(&executable.folder)
        .env("CARGO_MANIFEST_DIR", &executable.folder)
        .env("RUST_BACKTRACE", "0")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for name in [
        "RUST_LIB_BACKTRACE",
        "RUST_LOG",
        "RUST_TEST_THREADS",
        "RUST_TEST_NOCAPTURE",
        "RUST_TEST_SHUFFLE",
    ] {
        command.env_remove(name);
    }
    // insta does not write to a pending folder for a test file outside its package, as a twin's is.
    let is_lesson = executable
        .folder
        .parent()
        .is_some_and(|folder| folder.ends_with("lessons"));
    pending_snapshots::configure(&mut command, root, is_lesson.then_some(pending));
    command
}

/// Starts a test executable.
///
/// `verify` copies executables while other threads start processes. A child that is forked at that
/// moment holds the copy open for writing until it becomes another program, and so long the copy is
/// busy (ETXTBSY).
fn start(command: &mut Command, executable: &Executable) -> Result<Child> {
    let begun = Instant::now();
    loop {
        match command.spawn() {
            Err(error)
                if error.kind() == ErrorKind::ExecutableFileBusy && begun.elapsed() < BUSY =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            child => {
                let path = executable.path.display();
                return child.with_context(|| format!("can't start {path}"));
            }
        }
    }
}

/// Lists the names of an executable's tests.
fn list(root: &Path, executable: &Executable, scratch: &Path) -> Result<Vec<String>> {
    let mut command = command(root, executable, scratch);
    command.args(["--list", "--format", "terse"]);
    let output = start(&mut command, executable)?.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect())
}

/// Waits for the child to end, and kills it after `limit`.
fn wait(child: &mut Child, limit: Duration) -> Result<End> {
    let begun = Instant::now();
    let mut pause = Duration::from_micros(200);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(End::Exit(status));
        }
        if begun.elapsed() >= limit {
            child.kill()?;
            child.wait()?;
            return Ok(End::Hung(limit));
        }
        std::thread::sleep(pause);
        pause = (pause * 3 / 2).min(Duration::from_millis(10));
    }
}

/// Reads a stream in a thread of its own, and keeps its beginning and its end.
fn collect(stream: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        if let Some(mut stream) = stream {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                let read = buffer.get(..count).unwrap_or_default();
                let (first, rest) = read.split_at(count.min(KEPT_OCTETS - head.len()));
                head.extend_from_slice(first);
                tail.extend_from_slice(rest);
                if tail.len() > 2 * KEPT_OCTETS {
                    tail.drain(..tail.len() - KEPT_OCTETS);
                }
            }
        }
        head.append(&mut tail);
        // The receiver is gone if the child left the stream open for too long.
        let _ = sender.send(head);
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn an_executable_that_is_open_for_writing_is_started_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("true");
        std::fs::copy("/bin/true", &path).unwrap();
        let executable = Executable {
            path: path.clone(),
            folder: folder.path().to_owned(),
        };
        let writer = std::fs::File::options().append(true).open(&path).unwrap();
        let error = Command::new(&path).spawn().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ExecutableFileBusy);
        let close = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            drop(writer);
        });
        let mut child = start(&mut Command::new(&path), &executable).unwrap();
        assert!(child.wait().unwrap().success());
        close.join().unwrap();
    }

    #[test]
    fn the_beginning_and_the_end_of_a_stream_are_kept() {
        let long: Vec<u8> = (0..5 * KEPT_OCTETS)
            .map(|index| if index < 10 { b'a' } else { b'b' })
            .chain(*b"end")
            .collect();
        let kept = collect(Some(std::io::Cursor::new(long))).recv().unwrap();
        assert!(
            kept.starts_with(b"aaaaaaaaaab")
                && kept.ends_with(b"bend")
                && kept.len() <= 3 * KEPT_OCTETS
        );
    }
}
