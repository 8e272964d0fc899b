//! The commands' own state below `target/xtask`: whether red was explained, the last level of each
//! hint, answers to questions, the files that `generate` wrote, and, for the guide, each lesson's standing and the last
//! check's report.
//!
//! It may be deleted at any time. Whether a lesson is passed is stored only together with all that
//! this depends on (`verdict/passes.rs`).

use crate::course::{Course, Lesson};
use crate::files;
use anyhow::Result;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Returns true at the first call for a course, and false from then on.
pub(crate) fn explain_red_once(course: &Course) -> bool {
    let marker = course.state().join("red-was-explained");
    !marker.exists() && files::write(&marker, b"").is_ok()
}

/// How many hints on each stub have been shown. The key is `src/lib.rs: instruction`.
pub(crate) struct HintLevels {
    path: PathBuf,
    levels: BTreeMap<String, usize>,
}

impl HintLevels {
    /// Reads the levels of a lesson.
    pub(crate) fn read(course: &Course, lesson: &Lesson) -> HintLevels {
        let path = course
            .state()
            .join("hints")
            .join(format!("{}.json", lesson.folder));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        HintLevels {
            path,
            levels: serde_json::from_str(&text).unwrap_or_default(),
        }
    }

    /// Returns the next level of a stub, from 0 to `last`, and stores it.
    pub(crate) fn advance(&mut self, stub: &str, last: usize) -> Result<usize> {
        let level = self.levels.get(stub).copied().unwrap_or(0).min(last);
        self.levels.insert(stub.to_owned(), level + 1);
        files::write(&self.path, serde_json::to_string(&self.levels)?.as_bytes())?;
        Ok(level)
    }

    /// Deletes the levels, so that the next hint on each stub is the first.
    pub(crate) fn delete(self) {
        // There may be no such file.
        let _ = std::fs::remove_file(self.path);
    }
}

/// The answers to a lesson's questions: by the question's text, whether the last one was right.
pub(crate) struct Answers {
    path: PathBuf,
    answers: BTreeMap<String, bool>,
}

impl Answers {
    /// Reads the answers of a lesson.
    pub(crate) fn read(course: &Course, lesson: &Lesson) -> Answers {
        let folder = course.state().join("answers");
        let path = folder.join(format!("{}.json", lesson.folder));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        Answers {
            path,
            answers: serde_json::from_str(&text).unwrap_or_default(),
        }
    }

    /// Returns whether the question's last answer was right, and `None` if there is none.
    pub(crate) fn get(&self, question: &str) -> Option<bool> {
        self.answers.get(question).copied()
    }

    /// Stores an answer in place of an earlier one.
    pub(crate) fn store(&mut self, question: &str, is_right: bool) -> Result<()> {
        self.answers.insert(question.to_owned(), is_right);
        files::write(&self.path, serde_json::to_string(&self.answers)?.as_bytes())
    }
}

/// The blob ids of the files that `generate` wrote. Replacing one of these loses no work.
pub(crate) struct GeneratedFiles {
    path: PathBuf,
    ids: BTreeSet<String>,
}

impl GeneratedFiles {
    /// Reads the ids.
    pub(crate) fn read(course: &Course) -> GeneratedFiles {
        let path = course.state().join("generated");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        GeneratedFiles {
            path,
            ids: text.lines().map(str::to_owned).collect(),
        }
    }

    /// Returns whether `generate` wrote a file with this id.
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// Adds an id.
    pub(crate) fn add(&mut self, id: String) -> Result<()> {
        if self.ids.insert(id) {
            let text: String = self.ids.iter().map(|id| format!("{id}\n")).collect();
            files::write(&self.path, text.as_bytes())?;
        }
        Ok(())
    }
}

/// The standing of a lesson when it was looked at last, for the guide's page.
pub(crate) struct Standing<'s> {
    /// `done`, `skipped`, `begun` or `new`.
    pub(crate) mark: &'static str,
    /// The standing in words.
    pub(crate) text: &'s str,
}

/// Stores the standing of a lesson. The guide does without it if it cannot be written.
pub(crate) fn store_standing(course: &Course, lesson: &Lesson, standing: &Standing<'_>) {
    let value = json!({ "mark": standing.mark, "text": standing.text });
    let folder = course.state().join("standing");
    let path = folder.join(format!("{}.json", lesson.folder));
    let _ = files::write_if_changed(&path, value.to_string().as_bytes());
}

/// Stores the report of a check, without colours. The guide does without it if it cannot be written.
pub(crate) fn store_report(course: &Course, lesson: &Lesson, passed: bool, report: &str) {
    let at = SystemTime::now().duration_since(UNIX_EPOCH);
    let value = json!({
        "lesson": lesson.folder,
        "passed": passed,
        "report": report,
        "at": at.map_or(0, |at| at.as_secs()),
    });
    let path = course.state().join("last-check.json");
    let _ = files::write(&path, value.to_string().as_bytes());
}
