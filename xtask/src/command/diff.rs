//! `diff [LESSON]`: the learner's files beside the solution's, both formatted.

use crate::course::manifest;
use crate::course::originals::{self, Original, PROGRAM};
use crate::course::twin::{self, Twin};
use crate::course::{Course, Lesson};
use crate::files;
use crate::files::slashed;
use crate::report::compare::{Side, compare_all};
use crate::report::screen::{Screen, print};
use crate::tools::rustfmt;
use crate::verdict;
use crate::verdict::build::Cargo;
use anyhow::Result;
use std::path::Path;

/// Prints the differences of a lesson; without a name, of the first that is not passed.
pub(crate) fn run(course: &Course, lesson: Option<&str>) -> Result<bool> {
    let screen = Screen::here();
    let lesson = match lesson {
        Some(name) => course.lesson(name)?.clone(),
        None => first_not_passed(course)?,
    };
    let twin = Twin::read(course, &lesson)?;
    let mut out = preface(course, &lesson, &twin)?;
    let before = out.len();
    for file in &twin.files {
        let solution = file.source.solution();
        if let Some(difference) = difference(course, &lesson, &file.path, solution, screen) {
            out.push_str(&difference);
            out.push('\n');
        }
    }
    match originals::original(course, &lesson, PROGRAM) {
        Original::Unchanged => {}
        Original::Changed(Ok(text)) => {
            let path = Path::new(PROGRAM);
            if let Some(difference) = difference(course, &lesson, path, text, screen) {
                out.push_str(&difference);
                out.push('\n');
            }
        }
        Original::Changed(Err(error)) => out.push_str(&format!("{error:#}\n")),
    }
    if out.len() == before {
        out.push_str("Your files are equal to the solution's, except perhaps in formatting.\n");
    }
    out.push_str(&screen.next(&format!("cargo xtask check {}", lesson.short())));
    print(&out);
    Ok(true)
}

fn first_not_passed(course: &Course) -> Result<Lesson> {
    let cargo = Cargo {
        course,
        target: None,
        colour: false,
        quiet: false,
    };
    Ok(verdict::first_not_passed(cargo)?.lesson)
}

/// Returns a sentence if the learner has not written anything to compare yet.
fn preface(course: &Course, lesson: &Lesson, twin: &Twin) -> Result<String> {
    let stubs = twin.stubs(manifest::read(&course.folder(lesson)).ok().as_ref());
    let left = twin::unwritten(course, lesson, &stubs)?.len();
    if left == 0 || left < stubs.len() {
        return Ok(String::new());
    }
    let short = lesson.short();
    Ok(format!(
        "Nothing of {short} is written yet: this is its whole solution.\n\n"
    ))
}

/// Compares one file. Returns `None` if only the formatting differs.
fn difference(
    course: &Course,
    lesson: &Lesson,
    path: &Path,
    solution: String,
    screen: Screen,
) -> Option<String> {
    let folder = course.folder(lesson);
    let yours = files::read_lossy(&folder.join(path)).unwrap_or_default();
    if yours == solution {
        return None;
    }
    let formatted = |text: &str| rustfmt::format(&course.root, text);
    let (yours, solution, note) = match (formatted(&yours), formatted(&solution)) {
        (Ok(yours), Ok(solution)) => (yours, solution, ""),
        _ => (
            yours,
            solution,
            "  rustfmt can't read it, so differences in formatting are shown too\n",
        ),
    };
    if yours == solution {
        return None;
    }
    let path = format!("{}/{}", course.display_path(&folder), slashed(path));
    let side = |label, text| Side { label, text };
    let (yours, solution) = (side("yours", &yours), side("solution", &solution));
    let compared = compare_all(yours, solution, screen);
    Some(format!("{}\n{note}{compared}", screen.bold(&path)))
}
