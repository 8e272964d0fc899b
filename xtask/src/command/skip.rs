//! `skip LESSON…`: puts the solution in place, so that the learner can go on.

use crate::command::replace::{With, replace};
use crate::command::tutor;
use crate::course::{Course, Lesson};
use crate::report::screen::{Screen, print};
use anyhow::Result;

/// Puts the solutions in place. The next command is the check of the lesson after these.
pub(crate) fn run(course: &Course, lessons: &[&Lesson], asked: bool) -> Result<bool> {
    let shorts: Vec<_> = lessons.iter().map(|lesson| lesson.short()).collect();
    tutor::allow_solution(asked, "skip", &shorts.join(" "))?;
    for lesson in lessons {
        let report = replace(course, lesson, With::Solution)?;
        print(&headed(lesson, lessons.len(), &report));
    }
    let next = lessons.last().and_then(|last| course.next_lesson(last));
    let next = next.map_or_else(
        || "cargo xtask progress".to_owned(),
        |next| format!("cargo xtask check {}", next.short()),
    );
    print(&Screen::here().next(&next));
    Ok(true)
}

/// Returns a report on one of several lessons, with the lesson's name above it.
pub(super) fn headed(lesson: &Lesson, count: usize, report: &str) -> String {
    match count {
        1 => report.to_owned(),
        _ => format!("{}\n{report}", Screen::here().bold(&lesson.short())),
    }
}
