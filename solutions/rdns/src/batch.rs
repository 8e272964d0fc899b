//! Names to ask about, one a line, each perhaps with a type after it:
//!
//! ```text
//! # comments, and lines with nothing in them, are passed over
//! yahoo.com
//! yahoo.com MX
//! ```

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use crate::client::Asked;

/// Why a file has no name to ask about.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The system does not let it be read.
    #[error("{file}: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system says.
        reason: io::Error,
    },
    /// A line has more in it.
    #[error("{file}, line {line}: '{text}' is not a name, and a type after it if need be")]
    Line {
        /// The file.
        file: String,
        /// Which line, counted from 1.
        line: usize,
        /// What it says.
        text: String,
    },
}

/// The names in a file, or on standard input where it is called `-`. Each line is read when it is asked for. After an error of the
/// system there is nothing more.
pub fn read(file: &str) -> impl Iterator<Item = Result<Asked, BatchError>> {
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

/// What a line asks about, if anything.
fn of_line(file: &str, line: usize, text: &str) -> Option<Result<Asked, BatchError>> {
    if text.trim_start().starts_with(['#', ';']) {
        return None;
    }
    let mut words = text.split_whitespace().map(str::to_owned);
    let (name, rtype) = (words.next()?, words.next());
    Some(match words.next() {
        None => Ok(Asked { name, rtype }),
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

    /// What a line says, as text.
    fn told(text: &str) -> String {
        match of_line("names", 7, text) {
            None => "nothing".to_owned(),
            Some(Ok(Asked { name, rtype })) => format!("{name} {rtype:?}"),
            Some(Err(error)) => error.to_string(),
        }
    }

    #[test]
    fn a_line_is_a_name_and_perhaps_a_type() {
        assert_eq!(told("yahoo.com"), "yahoo.com None");
        assert_eq!(told("  yahoo.com\tMX \r"), "yahoo.com Some(\"MX\")");
        for empty in ["", "   ", "# yahoo.com", " ; yahoo.com"] {
            assert_eq!(told(empty), "nothing", "{empty:?}");
        }
        assert_eq!(
            told("yahoo.com IN MX"),
            "names, line 7: 'yahoo.com IN MX' is not a name, and a type after it if need be"
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
