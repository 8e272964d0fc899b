//! Names to look up, read from a file: one a line, each optionally with a type after it:
//!
//! ```text
//! # comments and empty lines are ignored
//! yahoo.com
//! yahoo.com MX
//! ```

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use super::request::Request;

/// A file of names that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The system reports an error.
    #[error("{file}: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// The system's error.
        reason: io::Error,
    },
    /// A line holds more than a name and a type.
    #[error("{file}, line {line}: '{text}' is more than a name and a type")]
    Line {
        /// The file.
        file: String,
        /// The number of the line, counted from 1.
        line: usize,
        /// Its text.
        text: String,
    },
}

/// Reads the names in a file; `-` is standard input. The iterator reads each line when it is asked
/// for, and ends after an error of the system.
pub(super) fn read(file: &str) -> impl Iterator<Item = Result<Request, BatchError>> {
    let opened: io::Result<Box<dyn BufRead>> = match file {
        "-" => Ok(Box::new(io::stdin().lock())),
        file => File::open(file).map(|file| Box::new(BufReader::new(file)) as Box<dyn BufRead>),
    };
    let lines: Box<dyn Iterator<Item = io::Result<String>>> = match opened {
        Ok(opened) => Box::new(opened.lines()),
        Err(reason) => Box::new(std::iter::once(Err(reason))),
    };
    let file = match file {
        "-" => "standard input".to_owned(),
        file => file.to_owned(),
    };
    let mut is_over = false;
    let until_error = lines.take_while(move |line| !std::mem::replace(&mut is_over, line.is_err()));
    until_error
        .enumerate()
        .filter_map(move |(number, line)| match line {
            Ok(text) => of_line(&file, number + 1, &text),
            Err(reason) => Some(Err(BatchError::Unreadable {
                file: file.clone(),
                reason,
            })),
        })
}

/// Parses a line; none if it is empty or a comment.
fn of_line(file: &str, line: usize, text: &str) -> Option<Result<Request, BatchError>> {
    if text.trim_start().starts_with(['#', ';']) {
        return None;
    }
    let mut words = text.split_whitespace().map(str::to_owned);
    let (name, rtype) = (words.next()?, words.next());
    Some(match words.next() {
        None => Ok(Request { name, rtype }),
        Some(_) => Err(BatchError::Line {
            file: file.to_owned(),
            line,
            text: text.trim().to_owned(),
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The outcome of parsing a line, as text.
    fn parsed(text: &str) -> String {
        match of_line("names", 7, text) {
            None => "nothing".to_owned(),
            Some(Ok(Request { name, rtype })) => format!("{name} {rtype:?}"),
            Some(Err(error)) => error.to_string(),
        }
    }

    #[test]
    fn a_line_is_a_name_and_perhaps_a_type() {
        assert_eq!(parsed("yahoo.com"), "yahoo.com None");
        assert_eq!(parsed("  yahoo.com\tMX \r"), "yahoo.com Some(\"MX\")");
        for empty in ["", "   ", "# yahoo.com", " ; yahoo.com"] {
            assert_eq!(parsed(empty), "nothing", "{empty:?}");
        }
        assert_eq!(
            parsed("yahoo.com IN MX"),
            "names, line 7: 'yahoo.com IN MX' is more than a name and a type"
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_one_error() {
        let all: Vec<_> = read("/nonexistent/names").collect();
        assert!(matches!(
            all.as_slice(),
            [Err(BatchError::Unreadable { .. })]
        ));
    }
}
