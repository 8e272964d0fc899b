//! The panics that a test printed on its standard error: where, and what they said.

use std::fmt;

/// A place in a source file: `lessons/lesson-01-query/src/lib.rs:34`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// As rustc knows it (from the root for our own packages), with forward slashes.
    pub(crate) file: String,
    pub(crate) line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A panic as the standard library prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Panic {
    pub(crate) place: Place,
    pub(crate) message: String,
}

impl Panic {
    /// The instruction of the `todo!()` that this panic is; empty for a bare one.
    pub(crate) fn todo(&self) -> Option<&str> {
        let rest = self.message.strip_prefix("not yet implemented")?;
        if rest.is_empty() {
            Some("")
        } else {
            rest.strip_prefix(": ")
        }
    }

    /// The two sides, where it comes from an `assert_eq!`.
    pub(crate) fn assertion(&self) -> Option<Assertion<'_>> {
        let rest = self
            .message
            .strip_prefix("assertion `left == right` failed")?;
        let (said, sides) = rest.split_once("\n  left: ")?;
        let (got, expected) = sides.split_once("\n right: ")?;
        Some(Assertion {
            said: said.strip_prefix(": ").unwrap_or(said),
            got,
            expected,
        })
    }

    /// Whether `phrase` is in what it says, or says that the test got; what was expected is no evidence.
    pub(crate) fn holds(&self, phrase: &str) -> bool {
        match self.assertion() {
            Some(assertion) => assertion.said.contains(phrase) || assertion.got.contains(phrase),
            None => self.message.contains(phrase),
        }
    }
}

/// The two sides of an `assert_eq!`. The course's tests write `assert_eq!(got, expected)`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Assertion<'p> {
    /// The assertion's own message; empty where it has none.
    pub(crate) said: &'p str,
    pub(crate) got: &'p str,
    pub(crate) expected: &'p str,
}

/// All of them in `stderr`, in order.
///
/// ```text
/// thread 'asks' (4711) panicked at lessons/lesson-01-query/src/lib.rs:34:5:
/// not yet implemented: Set the id.
/// note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
/// ```
/// (Before Rust 1.91 there is no number after the name.)
pub(crate) fn all(stderr: &str) -> impl Iterator<Item = Panic> {
    let is_message = |line: &&str| {
        !line.starts_with("note: run with `RUST_BACKTRACE") && headline(line).is_none()
    };
    let after = move |number| stderr.lines().skip(number + 1).take_while(is_message);
    let places = stderr.lines().map(headline).enumerate();
    places.filter_map(move |(number, place)| {
        let message: Vec<&str> = after(number).collect();
        Some(Panic {
            place: place?,
            message: message.join("\n").trim_end().to_owned(),
        })
    })
}

/// The first one: what came after it is mostly its consequence.
pub(crate) fn first(stderr: &str) -> Option<Panic> {
    all(stderr).next()
}

fn headline(line: &str) -> Option<Place> {
    // What the test itself printed may stand before it on the same line.
    let (_, rest) = line.split_once("thread '")?;
    let (_, place) = rest.split_once(" panicked at ")?;
    let mut parts = place.strip_suffix(':')?.rsplitn(3, ':');
    let _column: u32 = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    Some(Place {
        file: parts.next()?.replace('\\', "/"),
        line,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_todo_is_told_with_its_place() {
        let stderr = "a log line\n\nthread 'asks' (4711) panicked at lessons/lesson-01-query/src/lib.rs:34:5:\n\
                      not yet implemented: Set the id.\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n";
        let panic = first(stderr).unwrap();
        assert_eq!(
            panic.place.to_string(),
            "lessons/lesson-01-query/src/lib.rs:34"
        );
        assert_eq!(panic.todo(), Some("Set the id."));
    }

    #[test]
    fn older_and_windows_forms_are_read() {
        let stderr = "thread 'x' panicked at lessons\\lesson-01-query\\src\\lib.rs:7:1:\nnot yet implemented\n";
        let panic = first(stderr).unwrap();
        assert_eq!(
            (panic.place.to_string().as_str(), panic.todo()),
            ("lessons/lesson-01-query/src/lib.rs:7", Some(""))
        );
        let stderr = "thread '<unnamed>' panicked at C:\\x\\lib.rs:7:1:\nboom\n";
        assert_eq!(first(stderr).unwrap().place.to_string(), "C:/x/lib.rs:7");
    }

    #[test]
    fn a_message_goes_to_the_note_or_the_next_panic() {
        let stderr = "thread 'a' (1) panicked at t.rs:1:1:\nassertion `left == right` failed: ports\n  left: 1\n right: 2\n\
                      note: run with `RUST_BACKTRACE=1` environment variable\nthread 'b' (2) panicked at u.rs:2:2:\nlater\n";
        assert_eq!(
            first(stderr).unwrap().message,
            "assertion `left == right` failed: ports\n  left: 1\n right: 2"
        );
        let stderr = "thread 'a' (1) panicked at t.rs:1:1:\none\n\nthread 'b' (2) panicked at u.rs:2:2:\ntwo\n";
        assert_eq!(first(stderr).unwrap().message, "one");
    }

    #[test]
    fn an_assertion_has_two_sides() {
        let panic = |message: &str| Panic {
            place: Place {
                file: "t.rs".to_owned(),
                line: 1,
            },
            message: message.to_owned(),
        };
        let ports =
            panic("assertion `left == right` failed: the port\n  left: 53\n right: Some(54)");
        let expected = Assertion {
            said: "the port",
            got: "53",
            expected: "Some(54)",
        };
        assert_eq!(ports.assertion(), Some(expected));
        assert!(ports.holds("the port") && ports.holds("53") && !ports.holds("54"));
        let bare = panic("assertion `left == right` failed\n  left: \"a\\nb\"\n right: \"\"");
        assert_eq!(
            bare.assertion().map(|sides| (sides.said, sides.got)),
            Some(("", "\"a\\nb\""))
        );
        let unequal = panic("assertion `left != right` failed\n  left: 1\n right: 1");
        assert_eq!(unequal.assertion(), None);
    }

    #[test]
    fn every_panic_is_found() {
        let stderr = "thread 'a' (1) panicked at t.rs:1:1:\none\nmore\n\nthread 'b' (2) panicked at u.rs:2:2:\ntwo\n";
        let messages: Vec<String> = all(stderr).map(|panic| panic.message).collect();
        assert_eq!(messages, ["one\nmore", "two"]);
    }

    #[test]
    fn no_panic_no_place() {
        for stderr in [
            "",
            "Error: boom\n",
            "thread 'a' has overflowed its stack\n",
            "thread 'a' panicked at nowhere:\n",
        ] {
            assert_eq!(first(stderr), None, "{stderr}");
        }
    }
}
