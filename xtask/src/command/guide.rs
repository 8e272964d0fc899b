//! `guide`: the course as a book, with a packet explorer, on this machine's loopback address. This
//! only starts the program of the package `guide`, whose dependencies nothing else compiles.

use super::program;
use crate::course::Course;
use anyhow::Result;
use std::ffi::OsString;

/// Runs the program until it ends.
pub(crate) fn run(course: &Course, arguments: &[OsString]) -> Result<bool> {
    let built = format!("target/debug/guide{}", std::env::consts::EXE_SUFFIX);
    if !course.root.join(built).exists() {
        eprintln!(
            "Starting the guide. The first time it must be compiled, which takes about a minute."
        );
    }
    let mut all: Vec<OsString> = vec!["--root".into(), course.root.clone().into()];
    all.extend_from_slice(arguments);
    program::run(course, "guide", &all)
}
