//! The processes of the programs under test: their end, their output, and limits for both.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::subject::ProgramOutput;

/// The interval at which a process is polled for its exit.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The number of octets that are kept of a program's output.
const MAX_OUTPUT: usize = 1 << 20;
/// The time for which the judge waits for the end of the output of a program that has exited.
const LAST_OUTPUT: Duration = Duration::from_millis(500);

/// Waits for a program to exit, and kills it after the timeout.
pub(crate) fn wait_or_kill(mut child: KillOnDrop, timeout: Duration) -> io::Result<ProgramOutput> {
    let start = Instant::now();
    let stdout = Reader::start(child.0.stdout.take());
    let stderr = Reader::start(child.0.stderr.take());
    let mut was_killed = false;
    let status = loop {
        if let Some(status) = child.0.try_wait()? {
            break status;
        }
        if start.elapsed() >= timeout {
            was_killed = true;
            child.0.kill()?;
            break child.0.wait()?;
        }
        thread::sleep(POLL_INTERVAL);
    };
    Ok(ProgramOutput {
        status: status.code().filter(|_| !was_killed),
        signal: signal(status).filter(|_| !was_killed),
        was_killed,
        stdout: stdout.finish(),
        stderr: stderr.finish(),
    })
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<i32> {
    None
}

/// Reads a pipe in a thread. A process that the program has left behind may hold it open.
struct Reader {
    octets: Arc<Mutex<Vec<u8>>>,
    thread: JoinHandle<()>,
}

impl Reader {
    fn start(pipe: Option<impl Read + Send + 'static>) -> Reader {
        let octets = Arc::new(Mutex::new(Vec::new()));
        let read = Arc::clone(&octets);
        let thread = thread::spawn(move || {
            let Some(mut pipe) = pipe else { return };
            let mut buffer = [0; 8_192];
            // After an error, the octets up to it are kept; of a program without end, the first.
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                let mut octets = read.lock().unwrap_or_else(PoisonError::into_inner);
                let left = MAX_OUTPUT.saturating_sub(octets.len());
                octets.extend(buffer.iter().take(count.min(left)));
            }
        });
        Reader { octets, thread }
    }

    /// Waits a moment for the end, and returns the octets until then.
    fn finish(self) -> Vec<u8> {
        let start = Instant::now();
        while !self.thread.is_finished() && start.elapsed() < LAST_OUTPUT {
            thread::sleep(POLL_INTERVAL);
        }
        let mut octets = self.octets.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *octets)
    }
}

/// Reads the octets of a file, and at most the first of a long one.
pub(crate) fn read_file(path: &Path) -> Vec<u8> {
    let mut octets = Vec::new();
    if let Ok(file) = File::open(path) {
        // After an error, the octets up to it are kept.
        let _error = file.take(MAX_OUTPUT as u64).read_to_end(&mut octets);
    }
    octets
}

/// A process that is killed when this value is dropped.
pub(crate) struct KillOnDrop(pub(crate) Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        // `wait` is needed in either case, also if the process has exited by itself.
        let _exited = self.0.kill();
        let _status = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::CommandClient;
    use crate::subject::ClientUnderTest;

    #[cfg(unix)]
    #[test]
    fn a_process_that_the_client_leaves_behind_is_not_waited_for() {
        let client = CommandClient("sh -c 'sleep 8 & echo {name}' {server}".parse().unwrap());
        let server = "127.0.0.1:53".parse().unwrap();
        let (start, timeout) = (Instant::now(), Duration::from_secs(20));
        let output = client.run(server, "example.org", "A", timeout).unwrap();
        assert_eq!(output.full_text(), "example.org\n(exit status 0)");
        let elapsed = start.elapsed();
        assert!(elapsed < Duration::from_secs(6), "it took {elapsed:?}");
    }

    #[cfg(unix)]
    #[test]
    fn of_output_without_end_the_first_part_is_kept() {
        let client = CommandClient("sh -c 'exec yes {name}' {server}".parse().unwrap());
        let server = "127.0.0.1:53".parse().unwrap();
        let timeout = Duration::from_millis(300);
        let output = client.run(server, "example.org", "A", timeout).unwrap();
        assert!(output.was_killed);
        assert!(output.stdout.len() <= MAX_OUTPUT, "{}", output.stdout.len());
        assert!(output.text().starts_with("example.org\nexample.org\n"));
    }

    #[cfg(unix)]
    #[test]
    fn a_signal_is_not_an_exit_status() {
        let client = CommandClient("sh -c 'kill -SEGV $$' {server}".parse().unwrap());
        let server = "127.0.0.1:53".parse().unwrap();
        let timeout = Duration::from_secs(20);
        let output = client.run(server, "example.org", "A", timeout).unwrap();
        assert_eq!((output.status, output.signal), (None, Some(11)));
        assert_eq!(output.ending(), "killed by signal 11");
    }

    #[cfg(unix)]
    #[test]
    fn a_client_that_does_not_exit_is_killed() {
        let client = CommandClient("sh -c 'echo {name}; exec sleep 60'".parse().unwrap());
        let server = "127.0.0.1:53".parse().unwrap();
        let output = client
            .run(server, "example.org", "A", Duration::from_millis(300))
            .unwrap();
        assert!(output.was_killed && output.status.is_none());
        assert_eq!(output.text(), "example.org\n");
    }
}
