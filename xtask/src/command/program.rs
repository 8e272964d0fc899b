//! Starting programs of this workspace: the lab and the judge.

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

/// Replaces this process, so that Ctrl-C reaches only the program, and its exit status is returned.
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
