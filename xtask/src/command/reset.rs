//! `reset LESSON…`: puts the stubs back in place; with `--tests`, restores the lessons' own tests
//! instead.

use crate::command::replace::{With, kept, replace};
use crate::command::skip::headed;
use crate::course::originals;
use crate::course::state::HintLevels;
use crate::course::{Course, Lesson};
use crate::files;
use crate::report::screen::{Screen, print};
use anyhow::Result;

/// Puts the stubs in place, or with `tests` restores the tests that are missing or edited.
pub(crate) fn run(course: &Course, lessons: &[&Lesson], tests: bool) -> Result<bool> {
    for lesson in lessons {
        let report = if tests {
            restore_tests(course, lesson)?
        } else {
            HintLevels::read(course, lesson).delete();
            replace(course, lesson, With::Stub)?
        };
        print(&headed(lesson, lessons.len(), &report));
    }
    let first = lessons
        .first()
        .map_or_else(String::new, |first| first.short());
    print(&Screen::here().next(&format!("cargo xtask check {first}")));
    Ok(true)
}

/// Restores a lesson's tests. Returns a report for the learner.
fn restore_tests(course: &Course, lesson: &Lesson) -> Result<String> {
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
    Ok(out)
}
