//! `guide`: the course as a book, with packets and walks to look into, on this machine's loopback
//! address; and `pictures`, which draws the pictures of its chapters. This only starts the program of
//! the package `guide`, whose dependencies nothing else compiles.

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
    start(course, arguments)
}

/// Draws the pictures of the chapters, or, with `check`, lists those that are stale.
pub(crate) fn pictures(course: &Course, check: bool) -> Result<bool> {
    let mut arguments = vec![OsString::from("--pictures")];
    arguments.extend(check.then(|| OsString::from("--check")));
    start(course, &arguments)
}

fn start(course: &Course, arguments: &[OsString]) -> Result<bool> {
    let mut all: Vec<OsString> = vec!["--root".into(), course.root.clone().into()];
    all.extend_from_slice(arguments);
    program::run(course, "guide", &all)
}
