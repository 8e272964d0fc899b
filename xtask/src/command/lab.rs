//! `lab`: the mini-Internet on this machine's own sockets. Another crate does it; this only starts that.

use super::program;
use crate::course::Course;
use anyhow::Result;
use std::ffi::OsString;

/// Runs the lab's own program until it ends.
pub(crate) fn run(course: &Course, arguments: &[OsString]) -> Result<bool> {
    eprintln!(
        "Starting the mini-Internet. The first time it has to be compiled, which takes a minute."
    );
    program::run(course, "lab", arguments)
}
