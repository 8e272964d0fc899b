//! `diff [LESSON]`: the learner's files beside the solution's, both as rustfmt would have them.

use crate::cargo::Cargo;
use crate::compare::{Side, compare};
use crate::course::{Course, Lesson, slashed};
use crate::screen::{Screen, print};
use crate::stubs::{self, Twin, TwinFile};
use crate::{format, keep, manifest, verdict};
use anyhow::{Context, Result};

/// Prints what differs; well either way. Without a name, it is the first lesson that is not passed.
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
        if let Some(difference) = difference(course, &lesson, file, screen) {
            out.push_str(&difference);
            out.push('\n');
        }
    }
    if out.len() == before {
        out.push_str("Your files are the solution's, but perhaps for their form.\n");
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
    let verdict = verdict::first_not_passed(cargo)?.context("the course has no lessons yet")?;
    Ok(verdict.lesson)
}

/// Says so where there is nothing of the learner's to compare with.
fn preface(course: &Course, lesson: &Lesson, twin: &Twin) -> Result<String> {
    let stubs = twin.stubs(manifest::read(&course.folder(lesson)).ok().as_ref());
    let left = stubs::unwritten(course, lesson, &stubs)?.len();
    if left == 0 || left < stubs.len() {
        return Ok(String::new());
    }
    let short = lesson.short();
    Ok(format!(
        "Nothing of {short} is written yet: what follows is its whole solution.\n\n"
    ))
}

/// What differs in one file, if anything but its form does.
fn difference(course: &Course, lesson: &Lesson, file: &TwinFile, screen: Screen) -> Option<String> {
    let folder = course.folder(lesson);
    let yours = keep::read(&folder.join(&file.path)).unwrap_or_default();
    let solution = file.source.solution();
    if yours == solution {
        return None;
    }
    let formatted = |text: &str| format::rustfmt(&course.root, text);
    let (yours, solution, note) = match (formatted(&yours), formatted(&solution)) {
        (Ok(yours), Ok(solution)) => (yours, solution, ""),
        _ => (
            yours,
            solution,
            "  rustfmt can't read it, so that differences of form are shown too\n",
        ),
    };
    if yours == solution {
        return None;
    }
    let path = format!("{}/{}", course.shown(&folder), slashed(&file.path));
    let side = |label, text| Side { label, text };
    let (yours, solution) = (side("yours", &yours), side("solution", &solution));
    let compared = compare(yours, solution, screen);
    Some(format!("{}\n{note}{compared}", screen.bold(&path)))
}
