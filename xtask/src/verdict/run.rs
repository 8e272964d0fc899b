//! Running tests, each in a process of its own: one that hangs is killed, one that crashes takes no other with it.

use crate::verdict::build::Executable;
use crate::verdict::pending_snapshots;
use anyhow::{Context, Result};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long a test may take; most take milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long once another has hung: it is likely the same endless loop.
const PATIENCE_LEFT: Duration = Duration::from_secs(4);
/// How long all of them may take, so that the command ends within a minute.
const BUDGET: Duration = Duration::from_secs(50);
/// How many run at once: some only wait for a socket, so more than two cores could use.
const WORKERS: usize = 4;
/// How much of a stream is kept of its beginning, and of its end: a loop may print without end.
const KEPT: usize = 256 * 1024;

/// One test's process, over.
pub(crate) struct Ran {
    pub(crate) name: String,
    pub(crate) end: End,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Where its pending snapshots are.
    pub(crate) pending: PathBuf,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Exit(ExitStatus),
    /// It was killed when this time was over.
    Hung(Duration),
    /// There was no time left to begin it.
    NotRun,
}

/// One test of an executable.
struct Test<'e> {
    executable: &'e Executable,
    name: String,
    pending: PathBuf,
}

/// Runs every test of `executables`, in the order of their names; what they leave behind goes below `scratch`.
pub(crate) fn run_all(root: &Path, executables: &[Executable], scratch: &Path) -> Result<Vec<Ran>> {
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
    let race = Race {
        root,
        begun: Instant::now(),
        state: Mutex::new(State::default()),
    };
    let results = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|_| scope.spawn(|| race.work(&tests)))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_default())
            .collect::<Vec<_>>()
    });
    let mut results: Vec<(usize, Result<Ran>)> = results.into_iter().flatten().collect();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, ran)| ran).collect()
}

/// What the workers share.
struct Race<'r> {
    root: &'r Path,
    begun: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: usize,
    hung: bool,
}

impl Race<'_> {
    fn work(&self, tests: &[Test<'_>]) -> Vec<(usize, Result<Ran>)> {
        let mut results = Vec::new();
        while let Some((index, patience)) = self.take() {
            let Some(test) = tests.get(index) else { break };
            let ran = test.run(self.root, patience);
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

    /// The next test's number and how long it may take.
    fn take(&self) -> Option<(usize, Duration)> {
        let mut state = self.state.lock().ok()?;
        state.next += 1;
        let patience = if state.hung { PATIENCE_LEFT } else { PATIENCE };
        Some((
            state.next - 1,
            patience.min(BUDGET.saturating_sub(self.begun.elapsed())),
        ))
    }
}

impl Test<'_> {
    fn run(&self, root: &Path, patience: Duration) -> Result<Ran> {
        let ran = |end, stdout, stderr| Ran {
            name: self.name.clone(),
            end,
            stdout,
            stderr,
            pending: self.pending.clone(),
        };
        if patience.is_zero() {
            return Ok(ran(End::NotRun, String::new(), String::new()));
        }
        let mut command = command(root, self.executable, &self.pending);
        command.args(["--exact", &self.name, "--nocapture", "--color", "never"]);
        let mut child = command
            .spawn()
            .with_context(|| format!("can't start {}", self.executable.path.display()))?;
        let (stdout, stderr) = (collect(child.stdout.take()), collect(child.stderr.take()));
        let end = wait(&mut child, patience)?;
        // A process that the test started may hold the pipes open: we do not wait for it.
        let grace = Duration::from_millis(500);
        let text = |stream: Receiver<Vec<u8>>| {
            String::from_utf8_lossy(&stream.recv_timeout(grace).unwrap_or_default()).into_owned()
        };
        Ok(ran(end, text(stdout), text(stderr)))
    }
}

/// A test executable's command, away from whatever the caller's environment may hold for it.
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
    // A twin's test file lies outside its package, and for such insta refuses to write to a pending folder.
    let is_lesson = executable
        .folder
        .parent()
        .is_some_and(|folder| folder.ends_with("lessons"));
    pending_snapshots::arm(&mut command, root, is_lesson.then_some(pending));
    command
}

/// The names of its tests.
fn list(root: &Path, executable: &Executable, scratch: &Path) -> Result<Vec<String>> {
    let output = command(root, executable, scratch)
        .args(["--list", "--format", "terse"])
        .output();
    let output = output.with_context(|| format!("can't start {}", executable.path.display()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect())
}

/// Waits for the child's end, or ends it.
fn wait(child: &mut Child, patience: Duration) -> Result<End> {
    let begun = Instant::now();
    let mut pause = Duration::from_micros(200);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(End::Exit(status));
        }
        if begun.elapsed() >= patience {
            child.kill()?;
            child.wait()?;
            return Ok(End::Hung(patience));
        }
        std::thread::sleep(pause);
        pause = (pause * 3 / 2).min(Duration::from_millis(10));
    }
}

/// Reads a stream to its end in a thread of its own, keeping its beginning and its end.
fn collect(stream: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        if let Some(mut stream) = stream {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                let read = buffer.get(..count).unwrap_or_default();
                let (first, rest) = read.split_at(count.min(KEPT - head.len()));
                head.extend_from_slice(first);
                tail.extend_from_slice(rest);
                if tail.len() > 2 * KEPT {
                    tail.drain(..tail.len() - KEPT);
                }
            }
        }
        head.append(&mut tail);
        // Nobody listens any more once the grace is over.
        let _ = sender.send(head);
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_and_the_end_of_a_stream_are_kept() {
        let long: Vec<u8> = (0..5 * KEPT)
            .map(|index| if index < 10 { b'a' } else { b'b' })
            .chain(*b"end")
            .collect();
        let kept = collect(Some(std::io::Cursor::new(long))).recv().unwrap();
        assert!(
            kept.starts_with(b"aaaaaaaaaab") && kept.ends_with(b"bend") && kept.len() <= 3 * KEPT
        );
    }
}
