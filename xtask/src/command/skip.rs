//! `skip LESSON`: puts the solution in place, so that the learner can go on.

use crate::command::replace::{With, replace};
use crate::course::Course;
use crate::report::screen::{Screen, print};
use anyhow::Result;

/// Puts the solution in place.
pub(crate) fn run(course: &Course, lesson: &str) -> Result<bool> {
    let lesson = course.lesson(lesson)?;
    let report = replace(course, lesson, With::Solution)?;
    print(&format!(
        "{report}{}",
        Screen::here().next(&format!("cargo xtask check {}", lesson.short()))
    ));
    Ok(true)
}
