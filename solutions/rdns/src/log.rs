//! [`Log`]: lines on standard error, written by a thread of its own.
//!
//! Standard error may be a pipe that is not read, a full disk, or closed. Then lines get lost, and
//! the number of lost lines is the first line when writing works again. The server never blocks,
//! slows down or ends because no reader takes its lines.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt;
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::lossy_queue::{Items, LossyQueue};
use crate::privileges::drop_capabilities;
use crate::text::printable;

/// The maximum number of lines that wait to be written.
const MAX_LINES: usize = 10_000;
/// The maximum number of octets of these lines together: a line may be long, such as a panic with
/// its backtrace.
const MAX_OCTETS: usize = 4 << 20;

/// A writer that never blocks and never fails: each write is one line.
#[derive(Debug, Clone)]
pub struct Log {
    lines: LossyQueue,
    /// The number of lines lost since the last one that was written.
    lost: Arc<AtomicU64>,
}

impl Log {
    /// Starts a thread that writes lines to `output`, one call of `write_all` each.
    ///
    /// # Errors
    /// If the system has no more threads.
    pub fn start(output: impl Write + Send + 'static) -> io::Result<Log> {
        let (lines, queue) = LossyQueue::new(MAX_LINES, MAX_OCTETS);
        let lost = Arc::new(AtomicU64::new(0));
        let shared = Arc::clone(&lost);
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || {
                // The main thread says why, if it cannot be done.
                let _ = drop_capabilities();
                write_all(&queue, output, &shared);
            })?;
        Ok(Log { lines, lost })
    }

    /// Prints one line in the name of the program.
    pub fn print(&self, line: impl fmt::Display) {
        let line = line.to_string();
        self.send(format!("rdns: {}\n", printable(&line)).into_bytes());
    }

    /// Prints a panic. The standard library's own hook would block the thread that panicked.
    pub fn print_panic(&self, panic: &PanicHookInfo<'_>) {
        let thread = thread::current();
        let name = thread.name().unwrap_or("<unnamed>");
        let backtrace = Backtrace::capture();
        match backtrace.status() {
            BacktraceStatus::Captured => {
                self.print(format_args!("thread {name} {panic}\n{backtrace}"))
            }
            _ => self.print(format_args!("thread {name} {panic}")),
        }
    }

    /// Waits until all lines are written, but no longer than `limit`.
    pub fn finish(&self, limit: Duration) {
        self.lines.finish(limit);
    }

    fn send(&self, line: Vec<u8>) {
        if !self.lines.send(line) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.send(line.to_vec());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes lines until the last [`Log`] is dropped. A line that cannot be written is lost.
fn write_all(lines: &Items, mut output: impl Write, all_lost: &AtomicU64) {
    while let Some(line) = lines.next() {
        let lost = all_lost.swap(0, Ordering::Relaxed);
        let mut written = match lost {
            0 => Ok(()),
            lost => {
                output.write_all(format!("rdns: {lost} lines of the log were lost\n").as_bytes())
            }
        };
        if written.is_ok() {
            written = output.write_all(&line);
            all_lost.fetch_add(u64::from(written.is_err()), Ordering::Relaxed);
        } else {
            all_lost.fetch_add(lost + 1, Ordering::Relaxed);
        }
        lines.remove(1, line.len());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Instant;

    use super::*;

    /// Far longer than a step takes.
    const SOON: Duration = Duration::from_secs(10);

    /// An output whose lines the test takes one by one, and may refuse.
    struct Output {
        lines: Sender<String>,
        answers: Receiver<bool>,
    }

    impl Write for Output {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let text = String::from_utf8_lossy(line).into_owned();
            let _ = self.lines.send(text);
            match self.answers.recv() {
                Ok(true) => Ok(line.len()),
                _ => Err(io::ErrorKind::StorageFull.into()),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log() -> (Log, Receiver<String>, Sender<bool>) {
        let (sender, lines) = channel();
        let (answers, receiver) = channel();
        let output = Output {
            lines: sender,
            answers: receiver,
        };
        (Log::start(output).unwrap(), lines, answers)
    }

    #[test]
    fn an_output_that_blocks_costs_lines_and_no_time() {
        let (log, lines, answers) = log();
        let start = Instant::now();
        log.print("first");
        assert_eq!(lines.recv_timeout(SOON).unwrap(), "rdns: first\n");
        for number in 0..MAX_LINES + 7 {
            log.print(number);
        }
        log.finish(Duration::from_millis(10));
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        (0..MAX_LINES + 2).for_each(|_| answers.send(true).unwrap());
        let first = lines.recv_timeout(SOON).unwrap();
        assert_eq!(first, "rdns: 7 lines of the log were lost\n");
        assert_eq!(lines.recv_timeout(SOON).unwrap(), "rdns: 0\n");
        log.finish(SOON);
        assert_eq!(lines.try_iter().count(), MAX_LINES - 1);
    }

    /// The first line is with the thread that writes; it counts, too.
    #[test]
    fn the_queue_is_bounded_in_octets() {
        let (log, lines, answers) = log();
        let start = Instant::now();
        let long = "x".repeat(MAX_OCTETS / 4);
        for _ in 0..10 {
            log.print(&long);
        }
        log.print("short");
        (0..6).for_each(|_| answers.send(true).unwrap());
        log.finish(SOON);
        let written: Vec<_> = lines.try_iter().collect();
        let sizes: Vec<_> = written.iter().map(String::len).collect();
        let octets: usize = sizes.iter().sum();
        assert!(
            octets <= MAX_OCTETS + 100,
            "{octets} octets were queued, in lines of {sizes:?}, and the bound is {MAX_OCTETS}"
        );
        // Whether the losses are told in one line or in two depends on when the thread begins.
        let lost = written.iter().filter_map(|line| {
            let number = line
                .strip_prefix("rdns: ")?
                .split_once(" lines of the log")?;
            number.0.parse::<usize>().ok()
        });
        let (lost, long) = (
            lost.sum::<usize>(),
            sizes.iter().filter(|size| **size > MAX_OCTETS / 4).count(),
        );
        assert_eq!(
            (lost, long),
            (7, 3),
            "of 10 long lines, those that were lost and those that were written; lengths written: {sizes:?}"
        );
        assert!(
            written.contains(&"rdns: short\n".to_owned()),
            "lengths written: {sizes:?}"
        );
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted() {
        let (log, lines, answers) = log();
        for is_written in [false, false, true, true] {
            answers.send(is_written).unwrap();
        }
        ["a", "b", "c"].into_iter().for_each(|line| log.print(line));
        log.finish(SOON);
        assert_eq!(
            lines.try_iter().collect::<Vec<_>>(),
            [
                "rdns: a\n",
                "rdns: 1 lines of the log were lost\n",
                "rdns: 2 lines of the log were lost\n",
                "rdns: c\n",
            ]
        );
    }

    /// A panic in a thread whose message cannot be written ends that thread, and does not block it.
    #[test]
    fn a_panic_is_printed_without_blocking_its_thread() {
        let (log, lines, answers) = log();
        let before = std::panic::take_hook();
        let panics = log.clone();
        std::panic::set_hook(Box::new(move |panic| match thread::current().name() {
            Some("hapless") => panics.print_panic(panic),
            _ => before(panic),
        }));
        let hapless = thread::Builder::new().name("hapless".to_owned());
        let start = Instant::now();
        let ended = hapless.spawn(|| panic!("on purpose")).unwrap().join();
        assert!(ended.is_err() && start.elapsed() < SOON);
        let line = lines.recv_timeout(SOON).unwrap();
        assert!(
            line.starts_with("rdns: thread hapless panicked at"),
            "{line}"
        );
        assert!(line.contains("on purpose"), "{line}");
        drop(answers);
    }
}
