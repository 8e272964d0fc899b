//! A process that runs tests: started without the variables that could change what it does, its
//! output kept within bounds, its end awaited, and its group killed.

use super::pending_snapshots;
use crate::course::graded;
use crate::tools::cleanup::GroupLeader;
use crate::verdict::build::Executable;
use anyhow::{Context, Result};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The time that an executable may be busy before it counts as an error.
const BUSY: Duration = Duration::from_secs(5);
/// The number of octets that are kept of the beginning of a stream, and of its end: a loop may
/// print without end.
const KEPT_OCTETS: usize = 256 * 1024;

/// The output of a process.
pub(super) struct Output {
    /// `None` if the process was killed.
    pub(super) status: Option<ExitStatus>,
    /// The time that the process had: see [`counted`].
    pub(super) given: Duration,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Returns the command of a test executable. Its temporary files and its pending snapshots go to
/// `scratch`.
pub(super) fn command(root: &Path, executable: &Executable, scratch: &Path) -> Command {
    let mut command = Command::new(&executable.path);
    command
        .current_dir(&executable.folder)
        .env("CARGO_MANIFEST_DIR", &executable.folder)
        .env("RUST_BACKTRACE", "0")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for name in ["TMPDIR", "TMP", "TEMP"] {
        command.env(name, scratch);
    }
    for name in [
        graded::SUBJECT,
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
    pending_snapshots::configure(&mut command, root, is_lesson.then_some(scratch));
    command
}

/// Starts a test executable.
///
/// `verify` copies executables while other threads start processes. A child that is forked at that
/// moment holds the copy open for writing until it becomes another program, and the copy is busy
/// for that time (ETXTBSY).
pub(super) fn start(command: &mut Command, executable: &Executable) -> Result<GroupLeader> {
    let begun = Instant::now();
    loop {
        match GroupLeader::start(command) {
            Err(error)
                if error.kind() == ErrorKind::ExecutableFileBusy && begun.elapsed() < BUSY =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            process => {
                let path = executable.path.display();
                return process.with_context(|| format!("can't start {path}"));
            }
        }
    }
}

/// Waits for the process to end, and kills it after `limit`, or when it has printed nothing on
/// standard output for `quiet`. Processes that it started are killed in any case.
///
/// Both times are those in which this machine had time for the tests: see [`counted`].
pub(super) fn run(mut process: GroupLeader, limit: Duration, quiet: Duration) -> Result<Output> {
    let child = process.child();
    let (stdout, stderr) = (
        Stream::collect(child.stdout.take()),
        Stream::collect(child.stderr.take()),
    );
    let (mut given, mut printed) = (Duration::ZERO, (0, Duration::ZERO));
    let mut pause = Duration::from_micros(200);
    let status = loop {
        if let Some(status) = process.child().try_wait()? {
            break Some(status);
        }
        let count = stdout.count();
        if count != printed.0 {
            printed = (count, given);
        }
        if given >= limit || given - printed.1 >= quiet {
            break None;
        }
        let begun = Instant::now();
        std::thread::sleep(pause);
        given += counted(pause, begun.elapsed());
        pause = (pause * 3 / 2).min(Duration::from_millis(10));
    };
    // The processes that it started hold the pipes open.
    drop(process);
    Ok(Output {
        status,
        given,
        stdout: stdout.finish(),
        stderr: stderr.finish(),
    })
}

/// Returns how much of the time that a pause took counts as time for the tests: no more than some
/// pauses. Where this thread wakes up far too late, other processes had the processors (as with
/// `verify` at idle priority), or the machine was asleep, and the tests did not run either.
fn counted(pause: Duration, took: Duration) -> Duration {
    took.min(pause * 3)
}

/// The octets read from a stream so far: its beginning and its end.
#[derive(Default)]
struct Kept {
    head: Vec<u8>,
    tail: Vec<u8>,
    count: usize,
}

impl Kept {
    fn add(&mut self, read: &[u8]) {
        let (first, rest) = read.split_at(read.len().min(KEPT_OCTETS - self.head.len()));
        self.head.extend_from_slice(first);
        self.tail.extend_from_slice(rest);
        if self.tail.len() > 2 * KEPT_OCTETS {
            self.tail.drain(..self.tail.len() - KEPT_OCTETS);
        }
        self.count += read.len();
    }
}

/// A stream that a thread of its own reads.
struct Stream {
    kept: Arc<Mutex<Kept>>,
    reader: JoinHandle<()>,
}

impl Stream {
    fn collect(stream: Option<impl Read + Send + 'static>) -> Stream {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let writer = Arc::clone(&kept);
        let reader = std::thread::spawn(move || {
            let Some(mut stream) = stream else { return };
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                let read = buffer.get(..count).unwrap_or_default();
                writer
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .add(read);
            }
        });
        Stream { kept, reader }
    }

    /// Returns the number of octets read.
    fn count(&self) -> usize {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .count
    }

    /// Returns the text. A process that has left the group may hold the stream open: its end is
    /// not awaited for long.
    fn finish(self) -> String {
        let begun = Instant::now();
        while !self.reader.is_finished() && begun.elapsed() < Duration::from_millis(500) {
            std::thread::sleep(Duration::from_micros(200));
        }
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&[kept.head.as_slice(), &kept.tail].concat()).into_owned()
    }
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
            origin: crate::verdict::build::Origin::Course,
        };
        let writer = std::fs::File::options().append(true).open(&path).unwrap();
        let error = Command::new(&path).spawn().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ExecutableFileBusy);
        let close = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            drop(writer);
        });
        let process = start(&mut Command::new(&path), &executable).unwrap();
        assert!(process.wait().unwrap().success());
        close.join().unwrap();
    }

    #[test]
    fn time_without_a_processor_is_no_time_for_the_tests() {
        let millis = Duration::from_millis;
        assert_eq!(counted(millis(10), millis(11)), millis(11));
        assert_eq!(counted(millis(10), millis(60_000)), millis(30));
    }

    #[test]
    fn the_beginning_and_the_end_of_a_stream_are_kept() {
        let long: Vec<u8> = (0..5 * KEPT_OCTETS)
            .map(|index| if index < 10 { b'a' } else { b'b' })
            .chain(*b"end")
            .collect();
        let kept = Stream::collect(Some(std::io::Cursor::new(long))).finish();
        assert!(
            kept.starts_with("aaaaaaaaaab")
                && kept.ends_with("bend")
                && kept.len() <= 3 * KEPT_OCTETS
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_child_that_holds_standard_output_does_not_hide_the_parent_s_output() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command
                .args(["-c", script])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let begun = Instant::now();
            let limit = Duration::from_secs(20);
            let output = run(GroupLeader::start(&mut command).unwrap(), limit, limit).unwrap();
            assert!(begun.elapsed() < limit / 2, "it waited for the child");
            output
        };
        let output = shell("echo before; sleep 30 & echo after");
        assert_eq!(output.stdout, "before\nafter\n");
        assert!(output.status.is_some_and(|status| status.success()));
        // A process in another group outlives its parent; its streams are read up to here.
        let output = shell("echo before; setsid sleep 3 & echo after; wait %0 2>/dev/null");
        assert_eq!(output.stdout, "before\nafter\n");
    }
}
