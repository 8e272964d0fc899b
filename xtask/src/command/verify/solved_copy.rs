//! A copy of the tree in which every lesson is solved, for `verify` to try its variants in.

use crate::course::Course;
use crate::course::twin::Twin;
use crate::files;
use crate::tools::git::Git;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The contents of the tree's files, by path from the root.
pub(super) type Contents = BTreeMap<PathBuf, Vec<u8>>;

/// Reads the files of the tree.
pub(super) fn read(course: &Course) -> Result<Contents> {
    let mut contents = Contents::new();
    for path in files(course)? {
        // A file may be listed by git and yet be gone.
        if let Ok(content) = fs::read(course.root.join(&path)) {
            contents.insert(path, content);
        }
    }
    Ok(contents)
}

/// Solves every lesson in the contents of the tree.
pub(super) fn solve(course: &Course, mut wanted: Contents) -> Contents {
    for lesson in &course.lessons {
        let folder = Path::new("lessons").join(&lesson.folder);
        wanted.retain(|path, _| !path.starts_with(folder.join("src")));
        // The proofs report a twin that can't be read.
        if let Ok(twin) = Twin::read(course, lesson) {
            wanted.extend(
                twin.files
                    .iter()
                    .map(|file| (folder.join(&file.path), file.source.solution().into_bytes())),
            );
        }
    }
    for lesson in &course.lessons {
        for folder in [course.folder(lesson), course.twin(lesson)] {
            let manifest = folder.join("Cargo.toml");
            let path = manifest.strip_prefix(&course.root).unwrap_or(&manifest);
            if let Some(content) = wanted.get_mut(path) {
                *content = without_programs(&String::from_utf8_lossy(content)).into_bytes();
            }
        }
    }
    wanted
}

/// Brings the copy at `to` up to date, and opens it. Files that did not change are not written, so
/// that cargo does not compile them again.
pub(super) fn update(wanted: &Contents, to: &Path) -> Result<Course> {
    for path in files::walk(to)? {
        if !wanted.contains_key(&path) {
            fs::remove_file(to.join(&path))
                .with_context(|| format!("can't remove {}", path.display()))?;
        }
    }
    for (path, content) in wanted {
        files::write_if_changed(&to.join(path), content)?;
    }
    Course::at(to)
}

/// Removes the programs from a manifest. Cargo would build them with every test, though no test of
/// a lesson runs them, and a proof would take half as long again. (The workspace's own build
/// compiles them.)
fn without_programs(manifest: &str) -> String {
    let mut is_program = false;
    let mut text = String::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_program = line == "[[bin]]";
        }
        if !is_program {
            text.push_str(line);
            text.push('\n');
        }
        if line == "[package]" {
            text.push_str("autobins = false\n");
        }
    }
    text
}

/// Lists the files of the tree, by path from the root: those that git does not ignore, or without
/// git all but `target` and backups.
fn files(course: &Course) -> Result<Vec<PathBuf>> {
    let arguments = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    if let Some(output) = Git::at(&course.root).octets(&arguments)
        && !output.is_empty()
    {
        let text = String::from_utf8(output).context("a file name is not UTF-8")?;
        return Ok(text.split_terminator('\0').map(PathBuf::from).collect());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(&course.root)? {
        let (name, path) = entry.map(|entry| (entry.file_name(), entry.path()))?;
        if path.is_file() {
            paths.push(PathBuf::from(name));
        } else if name != "target" && name != ".git" {
            paths.extend(
                files::walk(&path)?
                    .into_iter()
                    .map(|file| Path::new(&name).join(file)),
            );
        }
    }
    paths.retain(|path| !path.components().any(|part| part.as_os_str() == "backups"));
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::without_programs;

    #[test]
    fn only_the_programs_are_removed_from_a_manifest() {
        let manifest = "[package]\nname = \"a\"\n\n[[bin]]\nname = \"a\"\npath = \"src/main.rs\"\n\n[lib]\nname = \"b\"\n";
        assert_eq!(
            without_programs(manifest),
            "[package]\nautobins = false\nname = \"a\"\n\n[lib]\nname = \"b\"\n"
        );
    }
}
