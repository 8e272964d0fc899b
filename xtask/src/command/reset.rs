//! `reset LESSON`: puts the stubs back in place; with `--tests`, restores the lesson's own tests
//! instead.

use crate::command::replace::{With, kept, replace};
use crate::course::Course;
use crate::course::originals;
use crate::course::state::HintLevels;
use crate::files;
use crate::report::screen::{Screen, print};
use anyhow::Result;

/// Puts the stubs in place.
pub(crate) fn run(course: &Course, lesson: &str) -> Result<bool> {
    let lesson = course.lesson(lesson)?;
    let report = replace(course, lesson, With::Stub)?;
    HintLevels::read(course, lesson).delete();
    print(&format!(
        "{report}{}",
        Screen::here().next(&format!("cargo xtask check {}", lesson.short()))
    ));
    Ok(true)
}

/// Restores the tests that are missing or edited.
pub(crate) fn tests(course: &Course, lesson: &str) -> Result<bool> {
    let lesson = course.lesson(lesson)?;
    let edits = originals::edits(course, lesson)?;
    let lost = edits.missing.iter().chain(&edits.edited);
    // All contents are read before the first file is written.
    let contents: Vec<(&String, Vec<u8>)> = lost
        .map(|path| Ok((path, originals::content(course, lesson, path)?)))
        .collect::<Result<_>>()?;
    let mut out = String::new();
    for (path, content) in contents {
        let (folder, target) = (course.folder(lesson), course.root.join(path));
        let kept = if target.exists() {
            kept(course, &folder, target.strip_prefix(&folder)?)?
        } else {
            String::new()
        };
        files::write(&target, &content)?;
        out.push_str(&format!("restored: {path}\n{kept}"));
    }
    for path in &edits.extra {
        out.push_str(&format!("left alone: {path} (not the course's)\n"));
    }
    if out.is_empty() {
        out.push_str("Nothing to do: the tests are the course's own.\n");
    }
    print(&format!(
        "{out}{}",
        Screen::here().next(&format!("cargo xtask check {}", lesson.short()))
    ));
    Ok(true)
}
