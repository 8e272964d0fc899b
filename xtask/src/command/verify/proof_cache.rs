//! Which lessons were proved before, and with what: a lesson of which nothing has changed since is
//! not proved again.
//!
//! A key is a hash over the contents of all that a lesson's proofs depend on: its `Cargo.toml`, its
//! `lesson.toml` and its tests; its twin; each package below both, with the twins of earlier
//! lessons; the code of `verify` itself; `Cargo.lock`, the root's `Cargo.toml` and cargo's
//! configuration; the compiler. A lesson's chapter, slips and program are not among them: no proof
//! reads these.
//!
//! `target/xtask/proofs/LESSON` holds the keys with which all proofs of a lesson held, and how many
//! these were. It may be deleted at any time.

use super::solved_copy::Contents;
use crate::course::originals::blob_id;
use crate::course::{Course, Lesson};
use crate::files::{self, slashed};
use anyhow::{Context, Result};
use sha1_smol::Sha1;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use toml::{Table, Value};

/// How many keys are kept of a lesson: enough to go back and forth between a few branches.
const KEPT: usize = 8;

/// Folders and files of the root on which every proof depends, as the beginnings of their paths.
const SHARED: [&str; 10] = [
    ".cargo/",
    "Cargo.lock",
    "Cargo.toml",
    "rust-toolchain",
    "xtask/Cargo.toml",
    "xtask/src/command/verify",
    "xtask/src/course",
    "xtask/src/files",
    "xtask/src/tools",
    "xtask/src/verdict",
];

/// Files of a lesson that no proof reads.
const UNPROVED: [&str; 2] = ["README.md", "slips.toml"];
/// The end of the names of a chapter's pictures, which no proof reads either.
const PICTURE: &str = ".svg";

/// Variables that change how cargo and rustc compile.
const ENVIRONMENT: [&str; 4] = [
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
];

/// A hash over the contents of all that a lesson's proofs depend on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key(String);

/// The proofs of earlier runs.
pub(super) struct ProofCache<'c> {
    course: &'c Course,
    /// The git blob id of each file of the tree, by path from the root with forward slashes.
    ids: BTreeMap<String, String>,
    compiler: String,
    /// The packages of `[workspace.dependencies]` that lie in this tree: name and folder.
    workspace: BTreeMap<String, PathBuf>,
}

impl<'c> ProofCache<'c> {
    /// Opens the cache for the contents of the tree.
    pub(super) fn open(course: &'c Course, contents: &Contents) -> Result<ProofCache<'c>> {
        let ids = contents
            .iter()
            .map(|(path, content)| (slashed(path), blob_id(content)));
        let root = manifest(&course.root)?;
        let dependencies = root
            .get("workspace")
            .and_then(|workspace| workspace.get("dependencies")?.as_table());
        let local = |(name, value): (&String, &Value)| {
            let path = value.get("path")?.as_str()?;
            Some((name.clone(), PathBuf::from(path)))
        };
        let workspace = dependencies.into_iter().flatten().filter_map(local);
        Ok(ProofCache {
            course,
            ids: ids.collect(),
            compiler: compiler()?,
            workspace: workspace.collect(),
        })
    }

    /// The lesson's key as the tree is now.
    pub(super) fn key(&self, lesson: &Lesson) -> Result<Key> {
        let own = Path::new("lessons").join(&lesson.folder);
        let twin = Path::new("solutions").join(&lesson.folder);
        let mut folders = BTreeSet::new();
        self.add_package(&own, &mut folders)?;
        self.add_package(&twin, &mut folders)?;
        let folders: Vec<String> = folders.iter().map(|folder| slashed(folder)).collect();
        let own = slashed(&own);
        let mut digest = Sha1::from(&self.compiler);
        for (path, id) in &self.ids {
            let is_shared = SHARED.iter().any(|start| path.starts_with(start));
            let mut packages = folders.iter();
            if is_shared || packages.any(|folder| counts(path, folder, *folder == own)) {
                digest.update(format!("{id} {path}\n").as_bytes());
            }
        }
        Ok(Key(digest.digest().to_string()))
    }

    /// Adds the package in `folder` and all that it depends on in this tree.
    fn add_package(&self, folder: &Path, folders: &mut BTreeSet<PathBuf>) -> Result<()> {
        if !folders.insert(folder.to_owned()) {
            return Ok(());
        }
        // An earlier lesson's source is made from its twin.
        if let Ok(name) = folder.strip_prefix("lessons") {
            let twin = Path::new("solutions").join(name);
            if self.course.root.join(&twin).is_dir() {
                self.add_package(&twin, folders)?;
            }
        }
        for dependency in dependencies(&manifest(&self.course.root.join(folder))?) {
            let path = match dependency {
                Dependency::Path(path) => Some(normal(&folder.join(path))),
                Dependency::Workspace(name) => self.workspace.get(&name).cloned(),
            };
            if let Some(path) = path {
                self.add_package(&path, folders)?;
            }
        }
        Ok(())
    }

    /// How many proofs held with this key; `None` if the lesson was not proved with it.
    pub(super) fn proofs(&self, lesson: &Lesson, key: &Key) -> Option<usize> {
        let text = std::fs::read_to_string(self.path(lesson)).ok()?;
        let line = |line: &str| line.strip_prefix(&key.0)?.trim().parse().ok();
        text.lines().find_map(line)
    }

    /// Notes that all of the lesson's proofs hold with this key.
    pub(super) fn store(&self, lesson: &Lesson, key: &Key, proofs: usize) -> Result<()> {
        let path = self.path(lesson);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let others = text.lines().filter(|line| !line.starts_with(&key.0));
        let mut lines = vec![format!("{} {proofs}", key.0)];
        lines.extend(others.take(KEPT - 1).map(str::to_owned));
        files::write(&path, format!("{}\n", lines.join("\n")).as_bytes())
    }

    fn path(&self, lesson: &Lesson) -> PathBuf {
        self.course.state().join("proofs").join(&lesson.folder)
    }
}

/// Whether the file at `path` counts as part of the package in `folder`.
fn counts(path: &str, folder: &str, is_own: bool) -> bool {
    let inside = path
        .strip_prefix(folder)
        .and_then(|rest| rest.strip_prefix('/'));
    match inside {
        None => false,
        // Of an earlier lesson only the manifest: its source is its twin's.
        Some(inside) if folder.starts_with("lessons/lesson-") => {
            inside == "Cargo.toml"
                || (is_own && !inside.starts_with("src/") && !is_unproved(inside))
        }
        Some(_) => true,
    }
}

/// Whether no proof reads a lesson's file.
fn is_unproved(inside: &str) -> bool {
    UNPROVED.contains(&inside) || inside.ends_with(PICTURE)
}

/// A dependency that may lie in this tree.
enum Dependency {
    Path(PathBuf),
    Workspace(String),
}

fn dependencies(manifest: &Table) -> Vec<Dependency> {
    let platforms = manifest.get("target").and_then(Value::as_table);
    let platforms = platforms.into_iter().flat_map(Table::values);
    let tables = std::iter::once(manifest).chain(platforms.filter_map(Value::as_table));
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let entries = tables
        .flat_map(|table| kinds.map(|kind| table.get(kind)))
        .filter_map(|entries| entries?.as_table())
        .flatten();
    let read = |(name, value): (&String, &Value)| {
        if let Some(path) = value.get("path").and_then(Value::as_str) {
            return Some(Dependency::Path(path.into()));
        }
        let is_workspace = value.get("workspace").and_then(Value::as_bool) == Some(true);
        is_workspace.then(|| Dependency::Workspace(name.clone()))
    };
    entries.filter_map(read).collect()
}

fn manifest(folder: &Path) -> Result<Table> {
    let path = folder.join("Cargo.toml");
    let text = files::read(&path)?;
    text.parse()
        .with_context(|| format!("can't read {}", path.display()))
}

/// `a/b/../c` as `a/c`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(normal.pop()),
            part => normal.push(part),
        }
    }
    normal
}

/// The compiler's version, and the variables that change what it does.
fn compiler() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output();
    let output = output.context("can't start rustc")?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    for name in ENVIRONMENT {
        let value = std::env::var_os(name).unwrap_or_default();
        text.push_str(&format!("{name}={}\n", value.to_string_lossy()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::solved_copy;
    use super::*;
    use tempfile::TempDir;

    /// Two lessons, the second of which is built on the first, and packages below them.
    fn tree() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let wire = "[dependencies]\nwire.workspace = true\n";
        let second = |below: &str| {
            format!(
                "[dependencies]\none = {{ path = \"../{below}\" }}\n[target.'cfg(unix)'.dev-dependencies]\nlab = {{ path = \"../../lessons/lab\" }}\n"
            )
        };
        for (path, text) in [
            (
                "Cargo.toml",
                "[workspace.dependencies]\nwire = { path = \"wire\" }\nclap = \"4\"\n",
            ),
            ("Cargo.lock", ""),
            ("README.md", ""),
            ("wire/Cargo.toml", "[package]\n"),
            ("wire/src/lib.rs", ""),
            ("other/Cargo.toml", "[package]\n"),
            ("lessons/lab/Cargo.toml", "[package]\n"),
            ("lessons/lab/src/lib.rs", ""),
            ("lessons/lesson-01-one/Cargo.toml", wire),
            ("lessons/lesson-01-one/README.md", ""),
            ("lessons/lesson-01-one/lesson.toml", ""),
            ("lessons/lesson-01-one/src/lib.rs", ""),
            ("lessons/lesson-01-one/tests/one.rs", ""),
            ("lessons/lesson-02-two/Cargo.toml", &second("lesson-01-one")),
            ("lessons/lesson-02-two/tests/two.rs", ""),
            ("solutions/lesson-01-one/Cargo.toml", wire),
            ("solutions/lesson-01-one/src/lib.rs", ""),
            (
                "solutions/lesson-02-two/Cargo.toml",
                &second("lesson-01-one"),
            ),
            ("solutions/lesson-02-two/src/lib.rs", ""),
            ("xtask/src/verdict/run.rs", ""),
            ("xtask/src/report.rs", ""),
        ] {
            files::write(&folder.path().join(path), text.as_bytes()).unwrap();
        }
        folder
    }

    fn keys(folder: &TempDir) -> [Key; 2] {
        let course = Course::at(folder.path()).unwrap();
        let cache = ProofCache::open(&course, &solved_copy::read(&course).unwrap()).unwrap();
        ["1", "2"].map(|name| cache.key(course.lesson(name).unwrap()).unwrap())
    }

    #[test]
    fn a_key_changes_with_all_that_the_proofs_depend_on_and_nothing_else() {
        let folder = tree();
        let before = keys(&folder);
        assert_eq!(keys(&folder), before);
        for (path, changes) in [
            ("Cargo.lock", [true, true]),
            ("wire/src/lib.rs", [true, true]),
            ("wire/src/new.rs", [true, true]),
            ("lessons/lab/src/lib.rs", [false, true]),
            ("lessons/lesson-01-one/lesson.toml", [true, false]),
            ("lessons/lesson-01-one/tests/one.rs", [true, false]),
            (
                "lessons/lesson-01-one/tests/snapshots/a.snap",
                [true, false],
            ),
            ("lessons/lesson-01-one/README.md", [false, false]),
            ("lessons/lesson-01-one/picture.svg", [false, false]),
            ("lessons/lesson-01-one/src/lib.rs", [false, false]),
            ("lessons/lesson-02-two/tests/two.rs", [false, true]),
            ("solutions/lesson-01-one/src/lib.rs", [true, true]),
            ("solutions/lesson-02-two/src/lib.rs", [false, true]),
            ("xtask/src/verdict/run.rs", [true, true]),
            ("xtask/src/report.rs", [false, false]),
            ("README.md", [false, false]),
            ("other/Cargo.toml", [false, false]),
        ] {
            let file = folder.path().join(path);
            let old = std::fs::read(&file).ok();
            files::write(&file, b"# other\n").unwrap();
            let after = keys(&folder);
            assert_eq!([0, 1].map(|at| after[at] != before[at]), changes, "{path}");
            match old {
                Some(old) => files::write(&file, &old).unwrap(),
                None => std::fs::remove_file(&file).unwrap(),
            }
        }
        assert_eq!(keys(&folder), before);
        let manifest = folder.path().join("lessons/lesson-01-one/Cargo.toml");
        files::write(&manifest, b"[dependencies]\n").unwrap();
        let after = keys(&folder);
        assert!(after[0] != before[0] && after[1] != before[1]);
    }

    #[test]
    fn a_few_keys_of_a_lesson_are_kept() {
        let folder = tree();
        let course = Course::at(folder.path()).unwrap();
        let cache = ProofCache::open(&course, &solved_copy::read(&course).unwrap()).unwrap();
        let lesson = course.lesson("1").unwrap();
        let key = |number: usize| Key(format!("{number:040}"));
        assert_eq!(cache.proofs(lesson, &key(0)), None);
        for number in 0..=KEPT {
            cache.store(lesson, &key(number), 10 + number).unwrap();
        }
        cache.store(lesson, &key(1), 7).unwrap();
        assert_eq!(cache.proofs(lesson, &key(0)), None, "the oldest is gone");
        assert_eq!(cache.proofs(lesson, &key(1)), Some(7));
        assert_eq!(cache.proofs(lesson, &key(KEPT)), Some(10 + KEPT));
        assert_eq!(cache.proofs(course.lesson("2").unwrap(), &key(1)), None);
    }
}
