//! `diff LESSON`: the learner's files beside the solution's.

use crate::compare::{Side, compare};
use crate::course::{Course, slashed};
use crate::screen::{Screen, print};
use crate::stubs::{self, Twin};
use crate::{keep, manifest};
use anyhow::Result;

/// Prints what differs; well either way.
pub(crate) fn run(course: &Course, lesson: &str) -> Result<bool> {
    let screen = Screen::here();
    let lesson = course.lesson(lesson)?;
    let (folder, twin) = (course.folder(lesson), Twin::read(course, lesson)?);
    let mut out = String::new();
    let stubs = twin.stubs(manifest::read(&folder).ok().as_ref());
    let left = stubs::unwritten(course, lesson, &stubs)?.len();
    if left > 0 && left == stubs.len() {
        out.push_str(&format!(
            "Nothing of {} is written yet: what follows is its whole solution.\n\n",
            lesson.short()
        ));
    }
    let mut differing = 0;
    for file in &twin.files {
        let (yours, solution) = (
            keep::read(&folder.join(&file.path)).unwrap_or_default(),
            file.source.solution(),
        );
        if yours != solution {
            differing += 1;
            let path = format!("{}/{}", course.shown(&folder), slashed(&file.path));
            out.push_str(&format!("{}\n", screen.bold(&path)));
            out.push_str(&compare(
                Side {
                    label: "yours",
                    text: &yours,
                },
                Side {
                    label: "solution",
                    text: &solution,
                },
                screen,
            ));
            out.push('\n');
        }
    }
    if differing == 0 {
        out.push_str("Your files are the solution's, to the letter.\n");
    }
    out.push_str(&screen.next(&format!("cargo xtask check {}", lesson.short())));
    print(&out);
    Ok(true)
}
