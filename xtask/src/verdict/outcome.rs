//! The outcome of a test: passed, not written yet, wrong, hangs, crashed.

use crate::verdict::build::Origin;
use crate::verdict::panics::{self, Panic, Place};
use crate::verdict::pending_snapshots::{self, Mismatch};
use crate::verdict::run::{End, FinishedTest};
use anyhow::Result;
use std::path::Path;
use std::process::ExitStatus;

/// The number of characters of a panic's message that are kept in a sentence on a crash.
const MESSAGE: usize = 400;

/// A test and its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Test {
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) outcome: Outcome,
}

/// The outcome of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// The test is marked `#[ignore]`.
    Ignored,
    /// The test reached a `todo!()`.
    NotWritten {
        place: Place,
        instruction: String,
    },
    Wrong(Wrong),
    /// The test was stopped after this time.
    Hangs {
        seconds: u64,
    },
    /// The test's process ended too early; a sentence says how.
    Crashed(String),
    /// The tests before this one took all the time.
    NotRun,
}

/// A wrong answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// The snapshot's expected and actual text, if the test failed on a snapshot.
    pub(crate) mismatch: Option<Mismatch>,
    pub(crate) panic: Option<Panic>,
    /// The test's standard error, which matters if there was no panic.
    pub(crate) stderr: String,
}

impl Wrong {
    /// Returns whether the test got `phrase`, or has it in the message of one of its panics.
    ///
    /// The expected text does not count, and the test's standard error only if it did not panic.
    pub(crate) fn contains(&self, phrase: &str) -> bool {
        let got = self.mismatch.as_ref().map(|mismatch| mismatch.got.as_str());
        if got.is_some_and(|got| got.contains(phrase)) {
            return true;
        }
        let mut panics = panics::all(&self.stderr).peekable();
        match panics.peek() {
            None => self.stderr.contains(phrase),
            Some(_) => panics.any(|panic| panic.contains(phrase)),
        }
    }
}

impl Outcome {
    /// Returns whether the test neither passed nor was ignored.
    pub(crate) fn is_failure(&self) -> bool {
        !matches!(self, Outcome::Passed | Outcome::Ignored)
    }
}

/// Reads the outcome of a finished test from its process and its pending snapshots.
pub(crate) fn read(root: &Path, test: &FinishedTest) -> Result<Test> {
    let outcome = match test.end {
        End::Passed => Outcome::Passed,
        End::Ignored => Outcome::Ignored,
        End::NotRun => Outcome::NotRun,
        // After a `todo!()` in another task the test may wait for an answer that never comes.
        End::Hung(after) => not_written(&test.stderr).unwrap_or(Outcome::Hangs {
            seconds: after.as_secs(),
        }),
        End::Exit(status) => exited(root, test, status)?,
    };
    Ok(Test {
        name: test.name.clone(),
        origin: test.origin,
        outcome,
    })
}

fn exited(root: &Path, test: &FinishedTest, status: ExitStatus) -> Result<Outcome> {
    // The status alone does not show success: the code under test may call `exit(0)`.
    if status.success() && test.stdout.contains("test result: ok. 1 passed") {
        return Ok(Outcome::Passed);
    }
    if status.success() && test.stdout.contains("; 1 ignored") {
        return Ok(Outcome::Ignored);
    }
    if let Some(outcome) = not_written(&test.stderr) {
        return Ok(outcome);
    }
    let panic = panics::first(&test.stderr);
    let ended_by_harness = status.code() == Some(101);
    if test.stderr.contains("has overflowed its stack") {
        return Ok(Outcome::Crashed(
            "Its stack overflowed: a function calls itself without end.".to_owned(),
        ));
    }
    if !ended_by_harness {
        return Ok(Outcome::Crashed(crash(status, panic.as_ref())));
    }
    let mismatch = pending_snapshots::mismatch(root, &test.pending)?;
    Ok(Outcome::Wrong(Wrong {
        mismatch,
        panic,
        stderr: test.stderr.trim_end().to_owned(),
    }))
}

fn not_written(stderr: &str) -> Option<Outcome> {
    let panic = panics::first(stderr)?;
    let instruction = panic.todo()?.to_owned();
    Some(Outcome::NotWritten {
        place: panic.place,
        instruction,
    })
}

fn crash(status: ExitStatus, panic: Option<&Panic>) -> String {
    let after = panic
        .map(|panic| {
            let message: String = panic.message.chars().take(MESSAGE).collect();
            format!(", after a panic at {}: {message}", panic.place)
        })
        .unwrap_or_default();
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let name = match signal {
            4 => "SIGILL",
            6 => "SIGABRT",
            7 | 10 => "SIGBUS",
            9 => "SIGKILL, perhaps because memory test out",
            11 => "SIGSEGV",
            _ => "a signal",
        };
        return format!("Its process was ended by signal {signal} ({name}){after}.");
    }
    format!("Its process ended in the middle of the test ({status}){after}.")
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::time::Duration;

    const TODO: &str = "thread 'a' (1) panicked at lessons/lesson-01-query/src/lib.rs:3:5:\nnot yet implemented: Set the id.\n";

    const SOON: Duration = Duration::from_secs(4);

    fn outcome(end: End, stdout: &str, stderr: &str) -> Outcome {
        let folder = tempfile::tempdir().unwrap();
        let (stdout, stderr) = (stdout.to_owned(), stderr.to_owned());
        let test = FinishedTest {
            name: "a".to_owned(),
            origin: Origin::Course,
            end,
            stdout,
            stderr,
            pending: folder.path().to_owned(),
        };
        read(folder.path(), &test).unwrap().outcome
    }

    fn exit(code: i32) -> End {
        End::Exit(ExitStatus::from_raw(code << 8))
    }

    #[test]
    fn a_pass_needs_the_harness_s_own_result() {
        assert_eq!(
            outcome(
                exit(0),
                "test result: ok. 1 passed; 0 failed; 0 ignored;",
                ""
            ),
            Outcome::Passed
        );
        assert_eq!(
            outcome(
                exit(0),
                "test result: ok. 0 passed; 0 failed; 1 ignored;",
                ""
            ),
            Outcome::Ignored
        );
        assert!(matches!(
            outcome(exit(0), "running 1 test\n", ""),
            Outcome::Crashed(_)
        ));
    }

    #[test]
    fn a_todo_is_not_written_even_where_the_test_hangs_on_it() {
        for end in [
            exit(101),
            End::Hung(SOON),
            End::Exit(ExitStatus::from_raw(6)),
        ] {
            let Outcome::NotWritten { place, instruction } = outcome(end, "", TODO) else {
                panic!("{end:?}")
            };
            assert_eq!(
                (place.to_string().as_str(), instruction.as_str()),
                ("lessons/lesson-01-query/src/lib.rs:3", "Set the id.")
            );
        }
    }

    #[test]
    fn wrong_hangs_and_crashed_are_told_apart() {
        assert!(matches!(
            outcome(exit(101), "", "thread 'a' (1) panicked at t.rs:1:1:\nno\n"),
            Outcome::Wrong(_)
        ));
        assert_eq!(
            outcome(End::Hung(SOON), "", ""),
            Outcome::Hangs { seconds: 4 }
        );
        let Outcome::Crashed(how) = outcome(End::Exit(ExitStatus::from_raw(11)), "", "") else {
            panic!()
        };
        assert!(how.contains("SIGSEGV"), "{how}");
        let overflow =
            "\nthread 'a' has overflowed its stack\nfatal runtime error: stack overflow\n";
        let Outcome::Crashed(how) = outcome(End::Exit(ExitStatus::from_raw(6)), "", overflow)
        else {
            panic!()
        };
        assert!(how.contains("calls itself"), "{how}");
    }

    #[test]
    fn a_phrase_counts_in_the_actual_snapshot_and_in_standard_error() {
        let mismatch = Some(Mismatch {
            expected: Some("wanted".to_owned()),
            got: "flags: none".to_owned(),
        });
        let wrong = Wrong {
            mismatch,
            panic: None,
            stderr: "Error: refused".to_owned(),
        };
        assert!(
            wrong.contains("flags: none") && wrong.contains("refused") && !wrong.contains("wanted")
        );
    }

    #[test]
    fn a_phrase_counts_in_every_panic_but_not_in_its_expected_value() {
        let stderr = "thread 'server' (1) panicked at t.rs:1:1:\nassertion `left == right` failed: the length\n  left: [29, 0]\n right: [0, 29]\n\
                    thread 'a' (2) panicked at t.rs:2:2:\nUnreachable\n";
        let wrong = Wrong {
            mismatch: None,
            panic: panics::first(stderr),
            stderr: stderr.to_owned(),
        };
        for (phrase, is_there) in [
            ("[29, 0]", true),
            ("the length", true),
            ("Unreachable", true),
            ("[0, 29]", false),
            ("panicked at", false),
        ] {
            assert_eq!(wrong.contains(phrase), is_there, "{phrase}");
        }
    }
}
