//! `judge`: looks at any client and any recursive server from outside. Another crate does it; this only starts that.

use super::program;
use crate::course::Course;
use anyhow::Result;
use std::ffi::OsString;
use std::path::Path;

/// Runs the judge's own program until it ends.
pub(crate) fn run(course: &Course, arguments: &[OsString]) -> Result<bool> {
    eprintln!("Calling the judge. The first time it has to be compiled, which takes a minute.");
    program::run(course, "judge", arguments)
}

/// A path as a word of a command line that the judge splits at blanks.
pub(crate) fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let quote = if path.contains('\'') { '"' } else { '\'' };
    format!("{quote}{path}{quote}")
}
