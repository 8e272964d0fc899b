//! The course: where its tree is and which lessons it has. Every command starts here.
//!
//! A lesson exists where its twin, `solutions/lesson-NN-topic/Cargo.toml`, is: a learner's folder
//! below `lessons/` may be damaged, and others may stand beside it. Only the names of folders are
//! read here, so that a fault in one lesson never stops another. The room's other files read what a
//! lesson consists of:
//!
//! ```text
//! manifest   lesson.toml: title, hints, common mistakes
//! fields     the fields of a TOML table
//! edit       the difference between a solution and a wrong program
//! faults     which tests fail for a fault in which function, as measured
//! question   a question that `check` asks after a pass
//! graded     a test that the learner writes, and the wrong programs that it is judged on
//! slips      slips.toml: more wrong programs, and mutants that are no fault
//! region     `// todo:` … `// end todo` in a twin: the one source of stubs and solutions
//! twin       the regions of a whole lesson, and which stubs the learner's source still holds
//! todos      the `todo!()`s of one source file
//! places     lines of tests and of stubs, for a terminal or an editor to open
//! originals  the tests and the program as the course has them; edits noticed and undone
//! chapter    README.md: the functions that its task section names (for the tests)
//! pages      the links of all pages (for the tests)
//! state      what the commands keep below target/xtask from one run to the next
//! ```

#[cfg(test)]
mod chapter;
#[cfg(test)]
mod consistency;
pub(crate) mod edit;
pub(crate) mod faults;
mod fields;
pub(crate) mod graded;
pub(crate) mod manifest;
pub(crate) mod originals;
#[cfg(test)]
mod pages;
pub(crate) mod places;
pub(crate) mod question;
pub(crate) mod region;
pub(crate) mod slips;
pub(crate) mod state;
mod todos;
pub(crate) mod twin;

use crate::files::slashed;
use anyhow::{Context, Result, bail};
use std::fmt;
use std::path::{Path, PathBuf};

/// A command line that can't be carried out: exit status 2.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// The tree and its lessons, in order.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) root: PathBuf,
    pub(crate) lessons: Vec<Lesson>,
}

/// One lesson: `lesson-03-show`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lesson {
    pub(crate) number: u32,
    pub(crate) topic: String,
    /// The folder's name under `lessons/` and `solutions/`, and the package's name.
    pub(crate) folder: String,
}

impl Lesson {
    fn from_folder(folder: &str) -> Option<Lesson> {
        let (number, topic) = folder.strip_prefix("lesson-")?.split_once('-')?;
        let number = number.parse().ok()?;
        Some(Lesson {
            number,
            topic: topic.to_owned(),
            folder: folder.to_owned(),
        })
    }

    /// Returns the name that every printed command uses: `lesson-3`.
    pub(crate) fn short(&self) -> String {
        format!("lesson-{}", self.number)
    }

    /// Returns the package name of the twin: `solution-03-show`.
    pub(crate) fn twin_package(&self) -> String {
        self.folder.replacen("lesson-", "solution-", 1)
    }

    /// Returns whether a path leads into the lesson's folder, as editors and shells complete it.
    fn has_path(&self, path: &str) -> bool {
        let mut parts = path.split(['/', '\\']);
        path.contains(['/', '\\']) && parts.any(|part| part == self.folder)
    }

    fn is_named(&self, name: &str) -> bool {
        let name = name
            .trim_end_matches(['/', '\\'])
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or(name)
            .to_ascii_lowercase();
        let number = name
            .strip_prefix("lesson")
            .unwrap_or(&name)
            .trim_start_matches('-');
        name == self.folder || name == self.topic || number.parse() == Ok(self.number)
    }
}

impl Course {
    /// Opens the course that this command was started in.
    pub(crate) fn open() -> Result<Course> {
        Course::at(&root()?)
    }

    /// Opens the course whose root is `root`.
    pub(crate) fn at(root: &Path) -> Result<Course> {
        let folder = root.join("solutions");
        let entries = std::fs::read_dir(&folder)
            .with_context(|| format!("can't read {}", folder.display()))?;
        let mut lessons: Vec<Lesson> = entries
            .filter_map(|entry| {
                entry
                    .ok()
                    .filter(|entry| entry.path().join("Cargo.toml").is_file())
            })
            .filter_map(|entry| Lesson::from_folder(entry.file_name().to_str()?))
            .collect();
        lessons.sort();
        Ok(Course {
            root: root.to_owned(),
            lessons,
        })
    }

    /// Finds the lesson that `name` stands for.
    ///
    /// # Errors
    /// [`UsageError`] with the list of lessons if there is none.
    pub(crate) fn lesson(&self, name: &str) -> Result<&Lesson> {
        let is_it = |lesson: &&Lesson| lesson.is_named(name) || lesson.has_path(name);
        let lesson = self.lessons.iter().find(is_it);
        lesson.ok_or_else(|| UsageError(self.unknown_lesson(name)).into())
    }

    /// Returns the folder in which the learner works.
    pub(crate) fn folder(&self, lesson: &Lesson) -> PathBuf {
        self.root.join("lessons").join(&lesson.folder)
    }

    /// Returns the folder of the lesson's solution.
    pub(crate) fn twin(&self, lesson: &Lesson) -> PathBuf {
        self.root.join("solutions").join(&lesson.folder)
    }

    /// Returns the title from `lesson.toml`, or the topic if that file can't be read.
    pub(crate) fn title(&self, lesson: &Lesson) -> String {
        manifest::read(&self.folder(lesson))
            .map_or_else(|_| lesson.topic.clone(), |manifest| manifest.title)
    }

    /// Returns the folder of the commands' own state, which may be deleted at any time.
    pub(crate) fn state(&self) -> PathBuf {
        self.root.join("target").join("xtask")
    }

    /// Returns `path` as the commands print it: from the root, with forward slashes on every
    /// system.
    pub(crate) fn display_path(&self, path: &Path) -> String {
        slashed(path.strip_prefix(&self.root).unwrap_or(path))
    }

    /// Returns the command that starts this program without cargo: `target/debug/xtask`.
    pub(crate) fn launcher(&self) -> String {
        let program = std::env::current_exe().unwrap_or_else(|_| "target/debug/xtask".into());
        self.display_path(&program)
    }

    /// Finds the lesson that a path from the root lies in.
    pub(crate) fn lesson_of(&self, path: &str) -> Option<&Lesson> {
        let folder = path.strip_prefix("lessons/")?.split('/').next()?;
        self.lessons.iter().find(|lesson| lesson.folder == folder)
    }

    /// Returns the lesson after this one.
    pub(crate) fn next_lesson(&self, lesson: &Lesson) -> Option<&Lesson> {
        self.lessons
            .iter()
            .find(|other| other.number > lesson.number)
    }

    /// Returns the lessons that this one depends on, directly or through others, in order.
    pub(crate) fn prerequisites(&self, lesson: &Lesson) -> Vec<&Lesson> {
        let mut lessons: Vec<&Lesson> = Vec::new();
        let mut left = self.dependencies(lesson);
        while let Some(next) = left.pop() {
            if !lessons.contains(&next) {
                lessons.push(next);
                left.extend(self.dependencies(next));
            }
        }
        lessons.sort();
        lessons
    }

    fn dependencies(&self, lesson: &Lesson) -> Vec<&Lesson> {
        let text = std::fs::read_to_string(self.folder(lesson).join("Cargo.toml"));
        let table: toml::Table = text.unwrap_or_default().parse().unwrap_or_default();
        let dependencies = table.get("dependencies").and_then(toml::Value::as_table);
        let packages = dependencies.into_iter().flat_map(toml::Table::values);
        let packages: Vec<&str> = packages
            .filter_map(|dependency| dependency.get("package")?.as_str())
            .collect();
        let is_one = |lesson: &&Lesson| packages.contains(&lesson.folder.as_str());
        self.lessons.iter().filter(is_one).collect()
    }

    /// Lists the lessons, one line each: number, topic, title.
    pub(crate) fn list(&self) -> String {
        let width = self
            .lessons
            .iter()
            .map(|lesson| lesson.topic.len())
            .max()
            .unwrap_or(0);
        let line = |lesson: &Lesson| {
            format!(
                "  {:>2}  {:width$}  {}\n",
                lesson.number,
                lesson.topic,
                self.title(lesson)
            )
        };
        self.lessons.iter().map(line).collect()
    }

    /// Returns the error of a command that needs a lesson and was given none.
    pub(crate) fn lesson_needed(&self, command: &str) -> UsageError {
        let list = self.list();
        UsageError(format!(
            "Which lesson? For example: cargo xtask {command} lesson-1\n\nThe lessons:\n{list}\nNext: cargo xtask progress"
        ))
    }

    fn unknown_lesson(&self, name: &str) -> String {
        let near = match self.similar_lesson(name) {
            Some(lesson) => format!(" Did you mean {} ({})?", lesson.short(), lesson.topic),
            None => String::new(),
        };
        format!(
            "There is no lesson {name:?}.{near}\n\nThe lessons:\n{}\nNext: cargo xtask check lesson-1",
            self.list()
        )
    }

    fn similar_lesson(&self, name: &str) -> Option<&Lesson> {
        let name = name.to_ascii_lowercase();
        if name.bytes().any(|byte| byte.is_ascii_digit()) && !name.contains(char::is_alphabetic) {
            return None;
        }
        let topics: Vec<&str> = self
            .lessons
            .iter()
            .flat_map(|lesson| [lesson.topic.as_str(), lesson.folder.as_str()])
            .collect();
        let best = similar::get_close_matches(name.as_str(), &topics, 1, 0.75)
            .first()
            .copied()?;
        self.lessons
            .iter()
            .find(|lesson| lesson.topic == best || lesson.folder == best)
    }
}

/// Finds the root: next to this package, whose folder `cargo run` sets, or else above the current
/// folder.
fn root() -> Result<PathBuf> {
    if let Some(parent) = std::env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .as_deref()
        .and_then(Path::parent)
        && parent.join("lessons").is_dir()
    {
        return Ok(parent.to_owned());
    }
    let here = std::env::current_dir()?;
    match here.ancestors().find(|folder| is_root(folder)) {
        Some(folder) => Ok(folder.to_owned()),
        None => bail!(
            "{} is not inside the course: no folder above it has both Cargo.toml and lessons/",
            here.display()
        ),
    }
}

fn is_root(folder: &Path) -> bool {
    folder.join("lessons").is_dir()
        && std::fs::read_to_string(folder.join("Cargo.toml"))
            .is_ok_and(|text| text.contains("[workspace]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course() -> Course {
        let lessons = [
            "lesson-01-query",
            "lesson-02-transport",
            "lesson-03-show",
            "lesson-13-spoof",
        ];
        let lessons = lessons
            .into_iter()
            .filter_map(Lesson::from_folder)
            .collect();
        Course {
            root: PathBuf::from("/course"),
            lessons,
        }
    }

    #[test]
    fn a_lesson_has_several_names() {
        for name in [
            "lesson-3",
            "3",
            "03",
            "show",
            "lesson-03-show",
            "lesson-03",
            "lesson3",
            "Show",
            "lessons/lesson-03-show/",
            "lessons/lesson-03-show/src/show.rs",
            "C:\\course\\lessons\\lesson-03-show\\src",
        ] {
            assert_eq!(course().lesson(name).unwrap().number, 3, "{name}");
        }
    }

    #[test]
    fn an_unknown_lesson_is_a_usage_error_with_the_list() {
        for name in ["lesson-99", "", "33", "lesson-", "0", "-3x"] {
            let error = course().lesson(name).unwrap_err();
            assert!(error.is::<UsageError>(), "{name}");
            assert!(error.to_string().contains("13  spoof"), "{error}");
            assert!(!error.to_string().contains("Did you mean"), "{error}");
        }
    }

    #[test]
    fn a_misspelt_topic_is_recognised() {
        for (name, meant) in [
            ("qury", "lesson-1 (query)"),
            ("transprot", "lesson-2 (transport)"),
            ("lesson-03-shwo", "lesson-3 (show)"),
        ] {
            let error = course().lesson(name).unwrap_err().to_string();
            assert!(error.contains(&format!("Did you mean {meant}?")), "{error}");
        }
    }

    #[test]
    fn folders_that_are_not_lessons_are_ignored() {
        for folder in [
            "lab",
            "network",
            "lesson-x-query",
            "lesson-03",
            "solution-03-show",
        ] {
            assert_eq!(Lesson::from_folder(folder), None, "{folder}");
        }
    }

    #[test]
    fn a_path_belongs_to_its_lesson() {
        assert_eq!(
            course()
                .lesson_of("lessons/lesson-03-show/src/lib.rs")
                .unwrap()
                .number,
            3
        );
        assert_eq!(course().lesson_of("lessons/lab/src/lib.rs"), None);
    }
}
