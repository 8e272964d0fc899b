//! `judge`: judges any client and any recursive resolver from outside. This only starts the program
//! of the package `judge`.

use super::program;
use crate::course::Course;
use anyhow::Result;
use std::ffi::OsString;
use std::path::Path;

/// Runs the judge until it ends.
pub(crate) fn run(course: &Course, arguments: &[OsString]) -> Result<bool> {
    eprintln!("Starting the judge. The first time it must be compiled, which takes a minute.");
    program::run(course, "judge", arguments)
}

/// Quotes a path for a command line that the judge splits at spaces.
pub(crate) fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let quote = if path.contains('\'') { '"' } else { '\'' };
    format!("{quote}{path}{quote}")
}

/// Quotes a word for the shell of the system, if it has to be.
pub(crate) fn for_shell(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=+,@%".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else if cfg!(windows) {
        format!("\"{word}\"")
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
