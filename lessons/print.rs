//! How the lessons' programs print: like `println!`, which panics when its reader has gone.

use std::error::Error;
use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

/// Prints a line. A reader that wants no more (`… | head -1`) ends the program without an error.
macro_rules! print_line {
    ($($text:tt)*) => {
        crate::print::line(format_args!($($text)*))
    };
}

pub(crate) fn line(text: Arguments<'_>) {
    match writeln!(io::stdout(), "{text}") {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            eprintln!("cannot print: {error}");
            std::process::exit(1);
        }
    }
}

/// Prints a text, or an error on standard error, and returns the exit status.
#[allow(
    dead_code,
    reason = "some programs print line by line, and cannot fail"
)]
pub(crate) fn result(result: Result<String, Box<dyn Error>>) -> ExitCode {
    match result {
        Ok(text) => {
            print_line!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
