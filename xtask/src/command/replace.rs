//! Replacing the learner's files by stubs or by the solution, for `reset` and `skip`. The learner's
//! own files are backed up first.

use crate::course::originals::{self, MANIFEST, Original, PROGRAM};
use crate::course::twin::{Twin, TwinFile};
use crate::course::{Course, Lesson};
use crate::files::slashed;
use crate::files::{self, backup};
use anyhow::Result;
use std::path::Path;

/// The text that takes the place of the learner's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum With {
    Stub,
    Solution,
}

/// Replaces each file of the lesson's `src` that differs. Returns a report for the learner.
pub(crate) fn replace(course: &Course, lesson: &Lesson, with: With) -> Result<String> {
    let (folder, twin) = (course.folder(lesson), Twin::read(course, lesson)?);
    let mut out = String::new();
    for file in &twin.files {
        let text = if with == With::Stub {
            file.stub(course)?
        } else {
            file.source.solution()
        };
        out.push_str(&place(course, &folder, file, &text)?);
    }
    for name in [MANIFEST, PROGRAM] {
        out.push_str(&by_hand(course, lesson, name)?);
    }
    if out.is_empty() {
        out.push_str("Nothing to do: every file is in place already.\n");
    }
    for path in files::walk(&folder.join("src"))? {
        let path = Path::new("src").join(path);
        if twin.file(&slashed(&path)).is_none() && path != Path::new(PROGRAM) {
            out.push_str(&format!(
                "left alone: {}/{} (yours)\n",
                course.display_path(&folder),
                slashed(&path)
            ));
        }
    }
    Ok(out)
}

fn place(course: &Course, folder: &Path, file: &TwinFile, text: &str) -> Result<String> {
    let path = folder.join(&file.path);
    let shown = course.display_path(&path);
    if !path.exists() {
        files::write(&path, text.as_bytes())?;
        return Ok(format!("written: {shown}\n"));
    }
    let theirs = std::fs::read(&path)?;
    // A file that is not UTF-8 is backed up like any other.
    let theirs = String::from_utf8_lossy(&theirs).replace("\r\n", "\n");
    if theirs == text {
        return Ok(String::new());
    }
    let is_the_course_s = theirs == file.source.solution() || theirs == file.stub(course)?;
    let kept = if is_the_course_s {
        String::new()
    } else {
        kept(course, folder, &file.path)?
    };
    files::write(&path, text.as_bytes())?;
    Ok(format!("replaced: {shown}\n{kept}"))
}

/// Restores the course's own program or manifest, which are the same for stubs and solution.
fn by_hand(course: &Course, lesson: &Lesson, name: &str) -> Result<String> {
    let Original::Changed(original) = originals::original(course, lesson, name) else {
        return Ok(String::new());
    };
    let (folder, relative) = (course.folder(lesson), Path::new(name));
    let path = folder.join(relative);
    let shown = course.display_path(&path);
    let text = match original {
        Ok(text) => text,
        Err(error) => return Ok(format!("left alone: {shown}\n{error:#}\n")),
    };
    let kept = if path.exists() {
        format!("replaced: {shown}\n{}", kept(course, &folder, relative)?)
    } else {
        format!("written: {shown}\n")
    };
    files::write(&path, text.as_bytes())?;
    Ok(kept)
}

/// Backs up a lesson's file. Returns two lines: the backup's path, and the command that restores
/// it.
pub(crate) fn kept(course: &Course, folder: &Path, relative: &Path) -> Result<String> {
    let backup = course.display_path(&backup::back_up(folder, relative)?);
    let restore = backup::copy_command(&backup, &course.display_path(&folder.join(relative)));
    Ok(format!(
        "  yours is kept: {backup}\n  to restore it: {restore}\n"
    ))
}
