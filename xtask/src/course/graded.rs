//! A test that the learner writes, and the wrong programs that it is judged on.
//!
//! Its source has a twin like any other: the lesson's `tests/yours.rs` is made from the file of
//! that name in the twin's own `tests/`, a folder that other twins do not have. All programs that it
//! is judged on are compiled into the lesson's library, the correct one and the wrong ones; the
//! environment variable [`SUBJECT`] chooses one of them, so that a check builds nothing more.

use super::fields::Fields;
use super::{Course, Lesson};
use crate::files;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The environment variable that names a wrong program. Without it the subject is the correct one.
pub(crate) const SUBJECT: &str = "COURSE_SUBJECT";

/// `[graded]` of `lesson.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Graded {
    /// The test's file: `tests/yours.rs`.
    pub(crate) file: String,
    /// The subject of the test, after "Your test of …".
    pub(crate) subject: String,
    /// The number of wrong programs that the test has to catch.
    pub(crate) at_least: usize,
    /// `[[graded.wrong]]`.
    pub(crate) wrong: Vec<WrongSubject>,
}

/// A wrong program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrongSubject {
    /// The value of [`SUBJECT`].
    pub(crate) name: String,
    /// A hint at its fault, shown if the test lets it through.
    pub(crate) riddle: String,
}

impl Graded {
    pub(super) fn read(mut fields: Fields) -> Result<Graded> {
        let wrong = fields.tables("wrong")?.into_iter().map(WrongSubject::read);
        let wrong: Result<_> = wrong.collect();
        let graded = Graded {
            file: fields.text("file")?,
            subject: fields.text("subject")?,
            at_least: fields.number("at_least")?,
            wrong: wrong.context("a [[graded.wrong]]")?,
        };
        fields.finish()?;
        Ok(graded)
    }

    /// Lists its inconsistencies. `files` are those that the twin has in its own `tests/`.
    pub(super) fn faults(&self, files: &[String]) -> Vec<String> {
        let mut faults = Vec::new();
        if files != [self.file.clone()] {
            faults.push(format!(
                "[graded] is about {}, and the twin's own tests/ has {files:?}",
                self.file
            ));
        }
        let count = self.wrong.len();
        if !(1..=count).contains(&self.at_least) {
            let at_least = self.at_least;
            faults.push(format!(
                "`at_least` is {at_least} of {count} [[graded.wrong]]"
            ));
        }
        for (number, one) in self.wrong.iter().enumerate() {
            if self
                .wrong
                .iter()
                .skip(number + 1)
                .any(|other| other.name == one.name)
            {
                faults.push(format!("two [[graded.wrong]] have the name {:?}", one.name));
            }
        }
        faults
    }
}

impl WrongSubject {
    fn read(mut fields: Fields) -> Result<WrongSubject> {
        let wrong = WrongSubject {
            name: fields.text("name")?,
            riddle: fields.text("riddle")?,
        };
        fields.finish()?;
        Ok(wrong)
    }
}

/// Lists the lesson's files, by path in it, that are tests and yet the learner's: those that the
/// twin has in a `tests/` of its own.
pub(crate) fn files(course: &Course, lesson: &Lesson) -> Result<Vec<PathBuf>> {
    let paths = files::walk(&course.twin(lesson).join("tests"))?.into_iter();
    let sources = paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    Ok(sources.map(|path| Path::new("tests").join(path)).collect())
}
