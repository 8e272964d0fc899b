//! What `reset` and `skip` share: another text in place of the learner's, whose own is kept before.

use crate::course::originals::{self, PROGRAM, Program};
use crate::course::twin::{Twin, TwinFile};
use crate::course::{Course, Lesson};
use crate::files::slashed;
use crate::files::{self, backup};
use anyhow::Result;
use std::path::Path;

/// Which text takes the place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum With {
    Stub,
    Solution,
}

/// Puts it in place for every file of the lesson's `src` that differs. Returns what is to be said about it.
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
    out.push_str(&program(course, lesson)?);
    if out.is_empty() {
        out.push_str("Nothing to do: every file is that already.\n");
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
    // Bytes that are no text are a learner's work too.
    let theirs = String::from_utf8_lossy(&theirs).replace("\r\n", "\n");
    if theirs == text {
        return Ok(String::new());
    }
    let is_ours = theirs == file.source.solution() || theirs == file.stub(course)?;
    let kept = if is_ours {
        String::new()
    } else {
        kept(course, folder, &file.path)?
    };
    files::write(&path, text.as_bytes())?;
    Ok(format!("replaced: {shown}\n{kept}"))
}

/// Puts the course's own program in place, which is the same for stubs and solution.
fn program(course: &Course, lesson: &Lesson) -> Result<String> {
    let Program::Changed(original) = originals::program(course, lesson) else {
        return Ok(String::new());
    };
    let (folder, relative) = (course.folder(lesson), Path::new(PROGRAM));
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

/// Backs the lesson's file up and says where, with the command that brings it back.
pub(crate) fn kept(course: &Course, folder: &Path, relative: &Path) -> Result<String> {
    let backup = course.display_path(&backup::back_up(folder, relative)?);
    let back = backup::copy_command(&backup, &course.display_path(&folder.join(relative)));
    Ok(format!(
        "  yours is kept: {backup}\n  to bring it back: {back}\n"
    ))
}
