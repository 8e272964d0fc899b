//! What the commands remember under `target/xtask/`: whether red was explained, how far hints went, what was generated.
//!
//! All of it may be deleted at any time; nothing here says whether a lesson is passed.

use crate::course::{Course, Lesson};
use crate::files;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Whether this is the first time that a red test is shown; remembers that it was.
pub(crate) fn first_red(course: &Course) -> bool {
    let marker = course.state().join("red-was-explained");
    !marker.exists() && files::write(&marker, b"").is_ok()
}

/// How many hints were shown, by stub: `src/lib.rs: instruction`.
pub(crate) struct Hinted {
    path: PathBuf,
    levels: BTreeMap<String, usize>,
}

impl Hinted {
    pub(crate) fn of(course: &Course, lesson: &Lesson) -> Hinted {
        let path = course
            .state()
            .join("hints")
            .join(format!("{}.json", lesson.folder));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        Hinted {
            path,
            levels: serde_json::from_str(&text).unwrap_or_default(),
        }
    }

    /// The next level, from 0; it stays at `last`.
    pub(crate) fn next(&mut self, stub: &str, last: usize) -> Result<usize> {
        let level = self.levels.get(stub).copied().unwrap_or(0).min(last);
        self.levels.insert(stub.to_owned(), level + 1);
        files::write(&self.path, serde_json::to_string(&self.levels)?.as_bytes())?;
        Ok(level)
    }

    pub(crate) fn forget(self) {
        // That there is none is as good.
        let _ = std::fs::remove_file(self.path);
    }
}

/// The blob ids of files that `generate` wrote: nobody's work is lost where one of these is replaced.
pub(crate) struct Generated {
    path: PathBuf,
    ids: BTreeSet<String>,
}

impl Generated {
    pub(crate) fn of(course: &Course) -> Generated {
        let path = course.state().join("generated");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        Generated {
            path,
            ids: text.lines().map(str::to_owned).collect(),
        }
    }

    pub(crate) fn holds(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    pub(crate) fn add(&mut self, id: String) -> Result<()> {
        if self.ids.insert(id) {
            let text: String = self.ids.iter().map(|id| format!("{id}\n")).collect();
            files::write(&self.path, text.as_bytes())?;
        }
        Ok(())
    }
}
