//! The first panic that a test printed on its standard error: where, and what it said.

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
}

/// The first one in `stderr`.
///
/// ```text
/// thread 'asks' (4711) panicked at lessons/lesson-01-query/src/lib.rs:34:5:
/// not yet implemented: Set the id.
/// note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
/// ```
/// (Before Rust 1.91 there is no number after the name.)
pub(crate) fn first(stderr: &str) -> Option<Panic> {
    let mut lines = stderr.lines();
    let place = lines.by_ref().find_map(headline)?;
    let message: Vec<&str> = lines
        .take_while(|line| {
            !line.starts_with("note: run with `RUST_BACKTRACE") && headline(line).is_none()
        })
        .collect();
    Some(Panic {
        place,
        message: message.join("\n").trim_end().to_owned(),
    })
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
