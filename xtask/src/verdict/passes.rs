//! The lessons that passed before, each with a key: a lesson of which nothing has changed since is
//! not run again for `progress`.
//!
//! Cargo is asked first, always. It links a test executable anew whenever anything changed that
//! this is compiled from: the learner's code, earlier lessons, the compiler, its flags. So a key is
//! a hash over the executables' paths, lengths and times; and over the contents of the files that
//! the verdict depends on without being compiled: snapshots and all else in the lesson's `tests/`,
//! `lesson.toml`, the list of the course's own tests, and this program.
//!
//! Only a pass is kept. `target/xtask/passed/LESSON` holds the key with which the lesson passed
//! last; it may be deleted at any time.

use crate::course::originals::{self, blob_id};
use crate::course::{Course, Lesson};
use crate::files::{self, slashed};
use crate::verdict::build::Built;
use anyhow::{Context, Result};
use sha1_smol::Sha1;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// A hash over all that a lesson's verdict depends on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Key(String);

/// Returns the lesson's key as it is now.
pub(crate) fn key(course: &Course, lesson: &Lesson, built: &Built) -> Result<Key> {
    let mut digest = Sha1::new();
    let executables = built.executables.iter().map(|one| one.path.as_path());
    let own = std::env::current_exe()?;
    let identities = executables.chain([own.as_path()]).map(identity);
    let mut identities: Vec<String> = identities.collect::<Result<_>>()?;
    // Cargo names them in any order.
    identities.sort();
    digest.update(identities.concat().as_bytes());
    let folder = course.folder(lesson);
    let tests = files::walk(&folder.join("tests"))?.into_iter();
    let mut read: Vec<PathBuf> = tests.map(|path| folder.join("tests").join(path)).collect();
    read.push(folder.join("lesson.toml"));
    read.push(originals::list(course, lesson));
    for path in read {
        // A missing file is a state of its own.
        let id = std::fs::read(&path).map_or_else(|_| "none".to_owned(), |text| blob_id(&text));
        digest.update(format!("{id} {}\n", slashed(&path)).as_bytes());
    }
    Ok(Key(digest.digest().to_string()))
}

/// Tells an executable from its earlier versions. Reading hundreds of megabytes would take longer
/// than running the tests.
fn identity(executable: &Path) -> Result<String> {
    let metadata = std::fs::metadata(executable)
        .with_context(|| format!("can't read {}", executable.display()))?;
    let time = metadata.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
    let (path, length) = (slashed(executable), metadata.len());
    Ok(format!("{path} {length} {time}\n"))
}

/// Returns whether the lesson passed with this key.
pub(crate) fn contains(course: &Course, lesson: &Lesson, key: &Key) -> bool {
    std::fs::read_to_string(path(course, lesson)).is_ok_and(|stored| stored.trim() == key.0)
}

/// Notes that the lesson passes with this key.
pub(crate) fn store(course: &Course, lesson: &Lesson, key: &Key) -> Result<()> {
    files::write(&path(course, lesson), format!("{}\n", key.0).as_bytes())
}

fn path(course: &Course, lesson: &Lesson) -> PathBuf {
    course.state().join("passed").join(&lesson.folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::build::{Executable, Origin};
    use std::time::Duration;

    #[test]
    fn a_key_changes_with_all_that_the_verdict_depends_on_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for path in [
            "solutions/lesson-01-one/Cargo.toml",
            "lessons/lesson-01-one/lesson.toml",
            "lessons/lesson-01-one/README.md",
            "lessons/lesson-01-one/tests/one.rs",
            "lessons/lesson-01-one/tests/snapshots/a.snap",
            "xtask/originals/lesson-01-one.txt",
            "target/debug/deps/one",
            "target/debug/deps/two",
        ] {
            files::write(&root.join(path), b"# this\n").unwrap();
        }
        let course = Course::at(root).unwrap();
        let lesson = course.lesson("1").unwrap();
        let executable = |name: &str| Executable {
            path: root.join("target/debug/deps").join(name),
            folder: course.folder(lesson),
            origin: Origin::Course,
        };
        let now = |names: &[&str]| {
            let executables = names.iter().map(|name| executable(name)).collect();
            let warnings = Vec::new();
            key(
                &course,
                lesson,
                &Built {
                    executables,
                    warnings,
                },
            )
            .unwrap()
        };
        let before = now(&["one", "two"]);
        assert_eq!(now(&["one", "two"]), before);
        assert_eq!(now(&["two", "one"]), before, "in another order");
        assert_ne!(now(&["one"]), before, "an executable less");
        for (path, changes) in [
            ("lessons/lesson-01-one/lesson.toml", true),
            ("lessons/lesson-01-one/tests/one.rs", true),
            ("lessons/lesson-01-one/tests/snapshots/a.snap", true),
            ("lessons/lesson-01-one/tests/snapshots/b.snap", true),
            ("xtask/originals/lesson-01-one.txt", true),
            ("target/debug/deps/two", true),
            ("lessons/lesson-01-one/README.md", false),
            ("target/debug/deps/three", false),
        ] {
            let path = root.join(path);
            let old = std::fs::read(&path).ok();
            let time = std::fs::metadata(&path).and_then(|data| data.modified());
            // Of the same length, a second later at least.
            std::fs::write(&path, b"# that\n").unwrap();
            let file = std::fs::File::options().append(true).open(&path).unwrap();
            if let Ok(time) = time {
                file.set_modified(time + Duration::from_secs(1)).unwrap();
            }
            assert_eq!(
                now(&["one", "two"]) != before,
                changes,
                "{}",
                path.display()
            );
            match (old, time) {
                (Some(old), Ok(time)) => {
                    std::fs::write(&path, old).unwrap();
                    file.set_modified(time).unwrap();
                }
                _ => std::fs::remove_file(&path).unwrap(),
            }
            assert_eq!(now(&["one", "two"]), before, "{}", path.display());
        }
    }

    #[test]
    fn only_the_key_of_the_last_pass_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let course = Course {
            root: folder.path().to_owned(),
            lessons: Vec::new(),
        };
        let lesson = Lesson {
            number: 1,
            topic: "one".to_owned(),
            folder: "lesson-01-one".to_owned(),
        };
        let [first, second] = ["a", "b"].map(|text| Key(text.to_owned()));
        assert!(!contains(&course, &lesson, &first));
        store(&course, &lesson, &first).unwrap();
        assert!(contains(&course, &lesson, &first) && !contains(&course, &lesson, &second));
        store(&course, &lesson, &second).unwrap();
        assert!(!contains(&course, &lesson, &first) && contains(&course, &lesson, &second));
    }
}
