//! `lab`: the mini-Internet on this machine's own sockets. Another crate does it; this only starts that.

use crate::course::Course;
use anyhow::{Context, Result};
use std::env;
use std::ffi::OsString;
use std::process::Command;

/// Runs the lab's own program until it ends.
pub(crate) fn run(course: &Course, arguments: &[OsString]) -> Result<bool> {
    eprintln!(
        "Starting the mini-Internet. The first time it has to be compiled, which takes a minute."
    );
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(&course.root)
        .args(["run", "-q", "-p", "lab", "--bin", "lab", "--"])
        .args(arguments);
    start(command)
}

/// In place of this process: so that Ctrl-C reaches the lab alone, and its exit status is ours.
#[cfg(unix)]
fn start(mut command: Command) -> Result<bool> {
    use std::os::unix::process::CommandExt;
    Err(command.exec()).context("can't start cargo")
}

#[cfg(not(unix))]
fn start(mut command: Command) -> Result<bool> {
    let status = command.status().context("can't start cargo")?;
    Ok(status.success())
}
