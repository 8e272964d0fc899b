//! `lab`: serves the mini-Internet on this machine's own sockets. This only starts the program of
//! the package `lab`.

use super::program;
use crate::course::Course;
use anyhow::Result;
use std::ffi::OsString;

/// Runs the lab until it ends.
pub(crate) fn run(course: &Course, arguments: &[OsString]) -> Result<bool> {
    eprintln!(
        "Starting the mini-Internet. The first time it must be compiled, which takes a minute."
    );
    program::run(course, "lab", arguments)
}
