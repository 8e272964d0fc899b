//! `watch [LESSON]`: checks again whenever a file is saved. This only starts the program of the
//! package `watch`, whose dependencies the first `check` need not compile.

use super::program;
use crate::course::Course;
use anyhow::{Context, Result};
use std::ffi::OsString;

/// Runs the program until it ends.
pub(crate) fn run(course: &Course, lesson: Option<&str>, poll: bool) -> Result<bool> {
    if let Some(name) = lesson {
        course.lesson(name)?;
    }
    let checker = std::env::current_exe().context("the checker's own path is unknown")?;
    let mut arguments: Vec<OsString> = vec![
        "--root".into(),
        course.root.clone().into(),
        "--checker".into(),
        checker.into(),
    ];
    if poll {
        arguments.push("--poll".into());
    }
    arguments.extend(lesson.map(OsString::from));
    eprintln!(
        "Starting to watch. The first time the program must be compiled, which takes half a minute."
    );
    program::run(course, "watch", &arguments)
}
