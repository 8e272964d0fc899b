//! What a test's end means: passed, not written yet, wrong, hangs, crashed.

use crate::verdict::panics::{self, Panic, Place};
use crate::verdict::pending_snapshots::{self, Mismatch};
use crate::verdict::run::{End, Ran};
use anyhow::Result;
use std::path::Path;
use std::process::ExitStatus;

/// A test and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Test {
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
}

/// How a test went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// `#[ignore]`: it says nothing.
    Ignored,
    /// It came to a `todo!()`.
    NotWritten {
        place: Place,
        instruction: String,
    },
    Wrong(Wrong),
    /// It had not ended after so many seconds.
    Hangs {
        seconds: u64,
    },
    /// It took its process with it; a sentence on how.
    Crashed(String),
    /// The tests before it took all the time there was.
    NotRun,
}

/// What is known of a wrong answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// What its snapshot expected and got, if that is why.
    pub(crate) mismatch: Option<Mismatch>,
    pub(crate) panic: Option<Panic>,
    /// What it printed on standard error, for where there was no panic.
    pub(crate) said: String,
}

impl Wrong {
    /// Whether `phrase` is in what the test got, or in the message of one of its panics. What was expected is no
    /// evidence, and what it printed counts only where it did not panic.
    pub(crate) fn holds(&self, phrase: &str) -> bool {
        let got = self.mismatch.as_ref().map(|mismatch| mismatch.got.as_str());
        if got.is_some_and(|got| got.contains(phrase)) {
            return true;
        }
        let mut panics = panics::all(&self.said).peekable();
        match panics.peek() {
            None => self.said.contains(phrase),
            Some(_) => panics.any(|panic| panic.holds(phrase)),
        }
    }
}

impl Outcome {
    /// Everything but a pass and an ignored test.
    pub(crate) fn is_failure(&self) -> bool {
        !matches!(self, Outcome::Passed | Outcome::Ignored)
    }
}

/// Reads a test's end, and the files that it left behind.
pub(crate) fn read(root: &Path, ran: &Ran) -> Result<Test> {
    let outcome = match ran.end {
        End::NotRun => Outcome::NotRun,
        // A `todo!()` in a task of its own leaves the test waiting for an answer: that is what is to be said of it.
        End::Hung(after) => not_written(&ran.stderr).unwrap_or(Outcome::Hangs {
            seconds: after.as_secs(),
        }),
        End::Exit(status) => exited(root, ran, status)?,
    };
    Ok(Test {
        name: ran.name.clone(),
        outcome,
    })
}

fn exited(root: &Path, ran: &Ran, status: ExitStatus) -> Result<Outcome> {
    // Success is what the harness says, not the status alone: the code under test may call `exit(0)`.
    if status.success() && ran.stdout.contains("test result: ok. 1 passed") {
        return Ok(Outcome::Passed);
    }
    if status.success() && ran.stdout.contains("; 1 ignored") {
        return Ok(Outcome::Ignored);
    }
    if let Some(outcome) = not_written(&ran.stderr) {
        return Ok(outcome);
    }
    let panic = panics::first(&ran.stderr);
    let failed_in_order = status.code() == Some(101);
    if ran.stderr.contains("has overflowed its stack") {
        return Ok(Outcome::Crashed(
            "Its stack overflowed: a function calls itself without end.".to_owned(),
        ));
    }
    if !failed_in_order {
        return Ok(Outcome::Crashed(crash(status, panic.as_ref())));
    }
    let mismatch = pending_snapshots::mismatch(root, &ran.pending)?;
    Ok(Outcome::Wrong(Wrong {
        mismatch,
        panic,
        said: ran.stderr.trim_end().to_owned(),
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
        .map(|panic| format!(", after a panic at {}: {}", panic.place, panic.message))
        .unwrap_or_default();
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let name = match signal {
            4 => "SIGILL",
            6 => "SIGABRT",
            7 | 10 => "SIGBUS",
            9 => "SIGKILL, perhaps for want of memory",
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
        let ran = Ran {
            name: "a".to_owned(),
            end,
            stdout,
            stderr,
            pending: folder.path().to_owned(),
        };
        read(folder.path(), &ran).unwrap().outcome
    }

    fn exit(code: i32) -> End {
        End::Exit(ExitStatus::from_raw(code << 8))
    }

    #[test]
    fn a_pass_is_what_the_harness_says() {
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
    fn a_phrase_is_looked_for_in_what_was_got_and_said() {
        let mismatch = Some(Mismatch {
            expected: Some("wanted".to_owned()),
            got: "flags: none".to_owned(),
        });
        let wrong = Wrong {
            mismatch,
            panic: None,
            said: "Error: refused".to_owned(),
        };
        assert!(wrong.holds("flags: none") && wrong.holds("refused") && !wrong.holds("wanted"));
    }

    #[test]
    fn a_phrase_is_looked_for_in_every_panic_but_not_in_what_was_expected() {
        let said = "thread 'server' (1) panicked at t.rs:1:1:\nassertion `left == right` failed: the length\n  left: [29, 0]\n right: [0, 29]\n\
                    thread 'a' (2) panicked at t.rs:2:2:\nUnreachable\n";
        let wrong = Wrong {
            mismatch: None,
            panic: panics::first(said),
            said: said.to_owned(),
        };
        for (phrase, is_there) in [
            ("[29, 0]", true),
            ("the length", true),
            ("Unreachable", true),
            ("[0, 29]", false),
            ("panicked at", false),
        ] {
            assert_eq!(wrong.holds(phrase), is_there, "{phrase}");
        }
    }
}
