//! The panics that a test printed on its standard error: their places and messages.

use std::fmt;

/// A place in a source file: `lessons/lesson-01-query/src/lib.rs:34`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The path that rustc prints (from the root for this workspace), with forward slashes.
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
    /// Returns the instruction if this is a `todo!()`; empty if it has none.
    pub(crate) fn todo(&self) -> Option<&str> {
        let rest = self.message.strip_prefix("not yet implemented")?;
        if rest.is_empty() {
            Some("")
        } else {
            rest.strip_prefix(": ")
        }
    }

    /// Returns the two sides if this is a failed `assert_eq!`.
    pub(crate) fn assertion(&self) -> Option<Assertion<'_>> {
        let rest = self
            .message
            .strip_prefix("assertion `left == right` failed")?;
        let (message, sides) = rest.split_once("\n  left: ")?;
        let (got, expected) = sides.split_once("\n right: ")?;
        Some(Assertion {
            message: message.strip_prefix(": ").unwrap_or(message),
            got,
            expected,
        })
    }

    /// Returns whether the message contains `phrase`. Of an assertion the expected side does not
    /// count.
    pub(crate) fn contains(&self, phrase: &str) -> bool {
        match self.assertion() {
            Some(assertion) => assertion.message.contains(phrase) || assertion.got.contains(phrase),
            None => self.message.contains(phrase),
        }
    }
}

/// The two sides of an `assert_eq!`. The course's tests write `assert_eq!(got, expected)`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Assertion<'p> {
    /// The assertion's own message; empty where it has none.
    pub(crate) message: &'p str,
    pub(crate) got: &'p str,
    pub(crate) expected: &'p str,
}

/// Lists all panics in `stderr`, in order.
///
/// ```text
/// thread 'asks' (4711) panicked at lessons/lesson-01-query/src/lib.rs:34:5:
/// not yet implemented: Set the id.
/// note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
/// ```
/// (Before Rust 1.91 there is no number after the name.)
pub(crate) fn all(stderr: &str) -> impl Iterator<Item = Panic> {
    let mut lines = stderr.lines().peekable();
    // Each line is read once: a loop may print a million of them.
    std::iter::from_fn(move || {
        let place = lines.find_map(headline)?;
        let mut message = String::new();
        while let Some(line) = lines.next_if(|line| is_message(line)) {
            message.push_str(line);
            message.push('\n');
        }
        message.truncate(message.trim_end().len());
        Some(Panic { place, message })
    })
}

fn is_message(line: &str) -> bool {
    !line.starts_with("note: run with `RUST_BACKTRACE") && headline(line).is_none()
}

/// Returns the first panic in `stderr`. Later ones are mostly its consequences.
pub(crate) fn first(stderr: &str) -> Option<Panic> {
    all(stderr).next()
}

fn headline(line: &str) -> Option<Place> {
    // The test's own output may precede the panic on the same line.
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
    fn a_todo_has_a_place_and_an_instruction() {
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
            message: "the port",
            got: "53",
            expected: "Some(54)",
        };
        assert_eq!(ports.assertion(), Some(expected));
        assert!(ports.contains("the port") && ports.contains("53") && !ports.contains("54"));
        let bare = panic("assertion `left == right` failed\n  left: \"a\\nb\"\n right: \"\"");
        assert_eq!(
            bare.assertion().map(|sides| (sides.message, sides.got)),
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
    fn a_million_lines_are_read_once() {
        let noise = "[src/lib.rs:7:9] octet = 17\n".repeat(1_000_000);
        let stderr = format!("{noise}thread 'a' (1) panicked at t.rs:1:1:\none\n{noise}");
        let begun = std::time::Instant::now();
        let panic = first(&stderr).unwrap();
        let took = begun.elapsed();
        assert!(panic.message.starts_with("one\n[src"));
        // One look at each line takes a fraction of a second; a look ahead at each takes hours.
        assert!(took.as_secs() < 20, "{took:?}");
    }

    #[test]
    fn other_output_is_not_a_panic() {
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
