//! `generate [--check | --archives]`: makes the lessons' sources from their twins, and lists the
//! ids of the files that are written by hand.

use crate::command::replace::kept;
use crate::course::manifest;
use crate::course::originals::{self, Files};
use crate::course::state::GeneratedFiles;
use crate::course::twin::Twin;
use crate::course::{Course, Lesson};
use crate::files;
use crate::files::slashed;
use crate::report::screen::{Screen, print};
use crate::tools::git::Git;
use anyhow::{Context, Result};
use std::path::Path;

/// Writes the files that are stale, or with `check` only lists them. Returns whether there are no
/// faults and, with `check`, no stale files.
///
/// With `archives` it also packs each lesson's tests and program, for a release without git.
pub(crate) fn run(course: &Course, check: bool, archives: bool) -> Result<bool> {
    let mut work = Work {
        course,
        check,
        archives,
        out: String::new(),
        faults: 0,
        stale: 0,
    };
    for lesson in &course.lessons {
        if let Err(error) = work.lesson(lesson) {
            work.fault(&format!("{error:#}"));
        }
    }
    work.forgotten_lists()?;
    let screen = Screen::here();
    let next = match (check && work.stale > 0, work.faults > 0) {
        (_, true) => "cargo xtask generate --check",
        (true, _) => "cargo xtask generate",
        _ => "cargo xtask verify",
    };
    if work.out.is_empty() {
        work.out.push_str("Every lesson agrees with its twin.\n");
    }
    print(&format!("{}{}", work.out, screen.next(next)));
    Ok(work.faults == 0 && !(check && work.stale > 0))
}

struct Work<'c> {
    course: &'c Course,
    check: bool,
    archives: bool,
    out: String,
    faults: usize,
    stale: usize,
}

impl Work<'_> {
    fn lesson(&mut self, lesson: &Lesson) -> Result<()> {
        let folder = self.course.folder(lesson);
        let by_hand = originals::files_of(self.course, lesson)?;
        let list = originals::list(self.course, lesson);
        self.file(&list, originals::listing(&by_hand).as_bytes())?;
        if self.archives {
            self.archive(lesson, &by_hand)?;
        }
        let twin = Twin::read(self.course, lesson)?;
        for file in &twin.files {
            let stub = file.stub(self.course)?;
            self.source(&folder, &file.path, &stub)?;
        }
        for path in files::walk(&folder.join("src"))? {
            let path = Path::new("src").join(path);
            let shown = self.course.display_path(&folder.join(&path));
            if twin.file(&slashed(&path)).is_none() && !by_hand.contains_key(&shown) {
                self.stale += 1;
                self.say(&format!("not in the twin: {shown}"));
            }
        }
        for fault in twin.disagreements(&manifest::read(&folder)?) {
            self.fault(&format!("lessons/{}/lesson.toml: {fault}", lesson.folder));
        }
        Ok(())
    }

    /// Writes a lesson's source file. If it was neither committed nor generated, it is backed up
    /// first.
    fn source(&mut self, folder: &Path, relative: &Path, stub: &str) -> Result<()> {
        let path = folder.join(relative);
        let mut generated = GeneratedFiles::read(self.course);
        let mut note = String::new();
        if !self.check && path.exists() && files::read(&path).ok().as_deref() != Some(stub) {
            let id = originals::blob_id(&std::fs::read(&path)?);
            if !generated.contains(&id) && committed(self.course, &path).as_deref() != Some(&id) {
                note = kept(self.course, folder, relative)?;
            }
        }
        self.file(&path, stub.as_bytes())?;
        self.out.push_str(&note);
        if self.check {
            Ok(())
        } else {
            generated.add(originals::blob_id(stub.as_bytes()))
        }
    }

    /// Names lists of ids whose lesson was removed or renamed.
    fn forgotten_lists(&mut self) -> Result<()> {
        let folder = originals::folder(self.course);
        for path in files::walk(&folder)? {
            let path = folder.join(path);
            let mut lessons = self.course.lessons.iter();
            if path.extension().is_some_and(|extension| extension == "txt")
                && !lessons.any(|lesson| originals::list(self.course, lesson) == path)
            {
                self.stale += 1;
                self.say(&format!(
                    "no such lesson: {}",
                    self.course.display_path(&path)
                ));
            }
        }
        Ok(())
    }

    /// Writes the archive, unless one with the same files exists.
    fn archive(&mut self, lesson: &Lesson, files: &Files) -> Result<()> {
        let path = originals::archive(self.course, lesson);
        let held = std::fs::read(&path)
            .ok()
            .and_then(|archive| originals::unpack(&archive).ok());
        if held.as_ref() == Some(files) {
            Ok(())
        } else {
            self.file(&path, &originals::pack(files)?)
        }
    }

    fn file(&mut self, path: &Path, content: &[u8]) -> Result<()> {
        let held = std::fs::read(path).ok();
        if held.is_some_and(|held| originals::blob_id(&held) == originals::blob_id(content)) {
            return Ok(());
        }
        self.stale += 1;
        let shown = self.course.display_path(path);
        if self.check {
            self.say(&format!("stale: {shown}"));
        } else {
            files::write(path, content).context("generate stopped")?;
            self.say(&format!("written: {shown}"));
        }
        Ok(())
    }

    fn say(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn fault(&mut self, fault: &str) {
        self.faults += 1;
        self.say(fault);
    }
}

/// Returns the id of the file in the last commit; `None` without git, or if the file is not
/// committed.
fn committed(course: &Course, path: &Path) -> Option<String> {
    let object = format!("HEAD:./{}", course.display_path(path));
    let git = Git::at(&course.root);
    git.run(&["rev-parse", "--verify", "--quiet", &object]).ok()
}
