//! Programs of this workspace that are started and do all the rest: the lab, the judge.

use crate::course::Course;
use crate::tools;
use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::process::Command;

/// Builds a package's program and runs it until it ends.
pub(crate) fn run<S: AsRef<OsStr>>(
    course: &Course,
    package: &str,
    arguments: &[S],
) -> Result<bool> {
    let mut command = Command::new(tools::cargo());
    command
        .current_dir(&course.root)
        .args(["run", "-q", "-p", package, "--bin", package, "--"])
        .args(arguments);
    start(command)
}

/// In place of this process: so that Ctrl-C reaches the program alone, and its exit status is ours.
#[cfg(unix)]
fn start(mut command: Command) -> Result<bool> {
    use std::os::unix::process::CommandExt;
    Err(command.exec()).context("can't start cargo")
}

#[cfg(not(unix))]
fn start(mut command: Command) -> Result<bool> {
    let status = command.status().context("can't start cargo")?;
    match status.code() {
        Some(0) => Ok(true),
        Some(2) => std::process::exit(2),
        _ => Ok(false),
    }
}
