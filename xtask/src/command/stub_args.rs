//! A lesson on a command line, and perhaps one function of it that the learner writes.

use crate::course::twin::{Stub, Twin};
use crate::course::{Course, Lesson, UsageError};
use anyhow::Result;

/// Finds the lesson, and the stub if one is named: `lesson-6 classify`, or only `classify`, or
/// `store::get` where two functions have the name.
///
/// # Errors
/// [`UsageError`] if there is no such lesson, or no such function that the learner writes.
pub(super) fn chosen(
    course: &Course,
    command: &str,
    name: &str,
    function: Option<&str>,
) -> Result<(Lesson, Option<Stub>)> {
    let (lessons, function): (Vec<&Lesson>, &str) = match (course.lesson(name), function) {
        (Ok(lesson), None) => return Ok((lesson.clone(), None)),
        (Ok(lesson), Some(function)) => (vec![lesson], function),
        (Err(error), Some(_)) => return Err(error),
        (Err(_), None) => (course.lessons.iter().collect(), name),
    };
    let mut found = Vec::new();
    for lesson in &lessons {
        let stubs = Twin::read(course, lesson)?.stubs(None);
        let is_it = |stub: &Stub| stub.name() == function || stub.full_name() == function;
        found.extend(stubs.into_iter().find(is_it).map(|stub| (*lesson, stub)));
    }
    match found.as_slice() {
        [(lesson, stub)] => Ok(((*lesson).clone(), Some(stub.clone()))),
        [] => Err(unknown(course, command, &lessons, function)),
        [(first, _), ..] => {
            let names: Vec<String> = found.iter().map(|(lesson, _)| lesson.short()).collect();
            let text = format!(
                "{} have a function {function}.\nNext: cargo xtask {command} {} {function}",
                names.join(" and "),
                first.short()
            );
            Err(UsageError(text).into())
        }
    }
}

/// Returns the error for a function that is no stub, with the names of those that are.
fn unknown(course: &Course, command: &str, lessons: &[&Lesson], function: &str) -> anyhow::Error {
    let [lesson] = lessons else {
        // Neither a lesson nor a function: the list of lessons helps more.
        return match course.lesson(function) {
            Err(error) => error,
            Ok(_) => UsageError(format!("There is no function {function:?}.")).into(),
        };
    };
    let stubs = Twin::read(course, lesson).map(|twin| twin.stubs(None));
    let names = stubs.unwrap_or_default().into_iter();
    let mut names: Vec<String> = names.filter_map(|stub| stub.function).collect();
    names.dedup();
    let short = lesson.short();
    let text = format!(
        "In {short} you write no function {function:?}. Those that you write: {}.\nNext: cargo xtask {command} {short}",
        names.join(", ")
    );
    UsageError(text).into()
}
