//! The files of a lesson that are written by hand and that a learner may change: its tests, its
//! program and its `Cargo.toml`. Changes are noticed, and undone by `reset`.
//!
//! `xtask/originals/LESSON.txt` lists the git blob id of each such file, one line each. The ids are
//! computed here, so noticing a change does not need git. The contents come from git's objects, or
//! from `xtask/originals/LESSON.gz`: an archive that is not committed, and made only for a release
//! without git (`cargo xtask generate --archives`).

use crate::course::graded;
use crate::course::{Course, Lesson};
use crate::files;
use crate::files::slashed;
use crate::tools::git::Git;
use anyhow::{Context, Result, bail};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use sha1_smol::Sha1;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The contents of files by their paths from the root.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// A lesson's program, in the lesson's folder. The twin takes it from there by path, like the
/// tests.
pub(crate) const PROGRAM: &str = "src/main.rs";

/// A lesson's manifest. A mistake in it stops cargo for the whole workspace.
pub(crate) const MANIFEST: &str = "Cargo.toml";

type File = (String, Vec<u8>);

/// How a lesson's tests differ from the course's own.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Edits {
    pub(crate) missing: Vec<String>,
    pub(crate) edited: Vec<String>,
    /// Snapshots that the course does not have. They do no harm.
    pub(crate) extra: Vec<String>,
}

impl Edits {
    /// Returns whether a test is missing or edited, so that a pass does not count.
    pub(crate) fn has_changes(&self) -> bool {
        !self.missing.is_empty() || !self.edited.is_empty()
    }
}

/// Computes git's id of this content: the SHA-1 of `blob LENGTH\0` and the content. Lines of a text
/// end with `\n`.
pub(crate) fn blob_id(content: &[u8]) -> String {
    let content = normalised(content);
    let mut digest = Sha1::from(format!("blob {}\0", content.len()));
    digest.update(&content);
    digest.digest().to_string()
}

fn normalised(content: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(content) {
        Ok(text) if !text.contains('\0') => text.replace("\r\n", "\n").into_bytes(),
        _ => content.to_vec(),
    }
}

/// Reads the files below the lesson's `tests/` as they are now, without the test that the learner
/// writes.
pub(crate) fn tests_of(course: &Course, lesson: &Lesson) -> Result<Files> {
    let folder = course.folder(lesson).join("tests");
    let theirs = graded::files(course, lesson)?;
    let mut files = Files::new();
    for path in files::walk(&folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // insta and editors leave other files in this folder.
        if !theirs.contains(&Path::new("tests").join(&path))
            && !name.starts_with('.')
            && !name.ends_with(".snap.new")
            && !name.ends_with('~')
        {
            files.insert(
                format!("lessons/{}/tests/{}", lesson.folder, slashed(&path)),
                normalised(&fs::read(folder.join(&path))?),
            );
        }
    }
    Ok(files)
}

/// Reads the lesson's tests, program and manifest as they are now; no program that is made from the
/// twin's.
pub(crate) fn files_of(course: &Course, lesson: &Lesson) -> Result<Files> {
    let mut files = tests_of(course, lesson)?;
    for name in [MANIFEST, PROGRAM] {
        let path = course.folder(lesson).join(name);
        let is_generated = name == PROGRAM && course.twin(lesson).join(PROGRAM).exists();
        if path.is_file() && !is_generated {
            files.insert(course.display_path(&path), normalised(&fs::read(path)?));
        }
    }
    Ok(files)
}

/// Reads the listed ids of the lesson's files, by path from the root; none if there is no list.
fn ids(course: &Course, lesson: &Lesson) -> BTreeMap<String, String> {
    let text = fs::read_to_string(list(course, lesson)).unwrap_or_default();
    let line = |line: &str| {
        line.split_once("  ")
            .map(|(id, path)| (path.to_owned(), id.to_owned()))
    };
    text.lines().filter_map(line).collect()
}

/// Compares the lesson's tests with the course's own.
pub(crate) fn edits(course: &Course, lesson: &Lesson) -> Result<Edits> {
    let (mut ids, files) = (ids(course, lesson), tests_of(course, lesson)?);
    let tests = format!("lessons/{}/tests/", lesson.folder);
    ids.retain(|path, _| path.starts_with(&tests));
    let mut edits = Edits::default();
    if ids.is_empty() {
        return Ok(edits);
    }
    for (path, id) in &ids {
        match files.get(path) {
            None => edits.missing.push(path.clone()),
            Some(content) if blob_id(content) != *id => edits.edited.push(path.clone()),
            Some(_) => {}
        }
    }
    let is_extra = |path: &&String| path.ends_with(".snap") && !ids.contains_key(*path);
    edits.extra = files.keys().filter(is_extra).cloned().collect();
    Ok(edits)
}

/// How a file of the lesson differs from the course's.
pub(crate) enum Original {
    /// It does not differ, or the course has no such file for this lesson.
    Unchanged,
    /// It differs or is missing. Holds the course's own text, or the reason why that is
    /// unavailable.
    Changed(Result<String>),
}

/// Compares the lesson's [`PROGRAM`] or [`MANIFEST`] with the course's own.
pub(crate) fn original(course: &Course, lesson: &Lesson, name: &str) -> Original {
    let path = course.folder(lesson).join(name);
    let shown = course.display_path(&path);
    let Some(id) = ids(course, lesson).remove(&shown) else {
        return Original::Unchanged;
    };
    if fs::read(&path).is_ok_and(|content| blob_id(&content) == id) {
        return Original::Unchanged;
    }
    let text = |content| String::from_utf8(content).context("the course's file is not UTF-8");
    Original::Changed(content(course, lesson, &shown).and_then(text))
}

/// Returns the course's own content of `path`, from git's objects or else from the lesson's
/// archive.
///
/// # Errors
/// If neither has it: where it was looked up, and another way to get it.
pub(crate) fn content(course: &Course, lesson: &Lesson, path: &str) -> Result<Vec<u8>> {
    let id = ids(course, lesson)
        .remove(path)
        .with_context(|| format!("{path} is not one of the course's files"))?;
    if let Some(content) = from_git(course, &id).or_else(|| from_archive(course, lesson, path, &id))
    {
        return Ok(content);
    }
    bail!(
        "{path} can't be restored: git has no object {id} here, and {} does not have it either.\n\
         Download the course once more into another folder, and copy the file from there.",
        course.display_path(&archive(course, lesson))
    )
}

fn from_git(course: &Course, id: &str) -> Option<Vec<u8>> {
    let content = Git::at(&course.root).octets(&["cat-file", "blob", id])?;
    (blob_id(&content) == id).then_some(content)
}

fn from_archive(course: &Course, lesson: &Lesson, path: &str, id: &str) -> Option<Vec<u8>> {
    let packed = fs::read(archive(course, lesson)).ok()?;
    let content = unpack(&packed).ok()?.remove(path)?;
    // An archive may be older than the list.
    (blob_id(&content) == id).then_some(content)
}

/// Returns the text of a lesson's list: `ID  PATH`, one line for each file.
pub(crate) fn listing(files: &Files) -> String {
    files
        .iter()
        .map(|(path, content)| format!("{}  {path}\n", blob_id(content)))
        .collect()
}

/// Returns the folder of the lists, and of the archives if there are any.
pub(crate) fn folder(course: &Course) -> PathBuf {
    course.root.join("xtask").join("originals")
}

/// Returns the path of the list of a lesson's ids.
pub(crate) fn list(course: &Course, lesson: &Lesson) -> PathBuf {
    folder(course).join(format!("{}.txt", lesson.folder))
}

/// Returns the path of the archive of a lesson's files, which exists only in a release.
pub(crate) fn archive(course: &Course, lesson: &Lesson) -> PathBuf {
    folder(course).join(format!("{}.gz", lesson.folder))
}

/// Packs the files into a compressed archive: `LENGTH PATH\n` and the content of each. Equal files
/// give equal archives, at any time and on any system.
pub(crate) fn pack(files: &Files) -> Result<Vec<u8>> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::best());
    for (path, content) in files {
        writeln!(gz, "{} {path}", content.len())?;
        gz.write_all(content)?;
    }
    Ok(gz.finish()?)
}

/// Unpacks an archive.
pub(crate) fn unpack(archive: &[u8]) -> Result<Files> {
    let mut all = Vec::new();
    GzDecoder::new(archive).read_to_end(&mut all)?;
    let (mut files, mut rest) = (Files::new(), all.as_slice());
    while !rest.is_empty() {
        let (file, after) = entry(rest).context("the archive is damaged")?;
        files.extend([file]);
        rest = after;
    }
    Ok(files)
}

/// Reads one file of an archive. Returns its path, its content, and the octets that follow it.
fn entry(rest: &[u8]) -> Option<(File, &[u8])> {
    let end = rest.iter().position(|octet| *octet == b'\n')?;
    let (length, path) = std::str::from_utf8(rest.get(..end)?)
        .ok()?
        .split_once(' ')?;
    let (content, after) = rest
        .get(end + 1..)?
        .split_at_checked(length.parse().ok()?)?;
    Some(((path.to_owned(), content.to_vec()), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_git() {
        // git hash-object of an empty file, and of "hello world\n".
        assert_eq!(blob_id(b""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(
            blob_id(b"hello world\n"),
            "3b18e512dba79e4c8300dd08aeb37f8e728b8dad"
        );
        assert_eq!(
            blob_id(b"hello world\r\n"),
            "3b18e512dba79e4c8300dd08aeb37f8e728b8dad"
        );
        assert_ne!(
            blob_id(b"\0\r\n"),
            blob_id(b"\0\n"),
            "ends of lines are part of a binary file"
        );
    }

    #[test]
    fn an_archive_unpacks_to_the_packed_files() {
        let files = Files::from([
            ("a/b.rs".to_owned(), b"1 x\n\n".to_vec()),
            ("c d.snap".to_owned(), vec![]),
            ("e".to_owned(), vec![0, 255]),
        ]);
        let packed = pack(&files).unwrap();
        assert_eq!(unpack(&packed).unwrap(), files);
        assert_eq!(pack(&files).unwrap(), packed);
        assert!(unpack(&packed[..packed.len() - 9]).is_err());
    }
}
