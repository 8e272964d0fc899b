//! Files: found, written whole or not at all, and a learner's work kept before anything takes its place.

use crate::course::slashed;
use anyhow::{Context, Result};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The files below `folder`, relative to it, sorted; none if there is no such folder.
pub(crate) fn walk(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if folder.is_dir() {
        descend(folder, folder, &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn descend(base: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            descend(base, &path, found)?;
        } else {
            found.push(path.strip_prefix(base)?.to_owned());
        }
    }
    Ok(())
}

/// A text file with its line ends made `\n`.
pub(crate) fn read(path: &Path) -> Result<String> {
    let text =
        fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
    Ok(text.replace("\r\n", "\n"))
}

/// Writes the file whole or not at all: through a temporary one beside it.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<()> {
    let attempt = || -> Result<()> {
        let folder = path.parent().context("no folder")?;
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(".writing-")
            .tempfile_in(folder)?;
        file.write_all(content)?;
        // A temporary file is for its owner's eyes; a source file is not.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(path).map_or(0o644, |metadata| metadata.permissions().mode());
            file.as_file()
                .set_permissions(fs::Permissions::from_mode(mode))?;
        }
        file.persist(path)?;
        Ok(())
    };
    attempt().with_context(|| format!("can't write {}", path.display()))
}

/// As [`write()`], but leaves a file alone that holds just that, so that cargo sees no change.
pub(crate) fn write_if_changed(path: &Path, content: &[u8]) -> Result<bool> {
    let changed = fs::read(path).ok().as_deref() != Some(content);
    if changed {
        write(path, content)?;
    }
    Ok(changed)
}

/// Copies the lesson's file `relative` to `backups/relative.N`, N being the first number free.
pub(crate) fn back_up(lesson: &Path, relative: &Path) -> Result<PathBuf> {
    let content = fs::read(lesson.join(relative))?;
    for number in 1_u32.. {
        let backup = lesson
            .join("backups")
            .join(format!("{}.{number}", slashed(relative)));
        fs::create_dir_all(backup.parent().context("no folder")?)?;
        // `create_new` refuses a file that is there: no backup is ever overwritten.
        match fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&backup)
        {
            Ok(mut file) => {
                file.write_all(&content)
                    .with_context(|| format!("can't write {}", backup.display()))?;
                return Ok(backup);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("can't write {}", backup.display()));
            }
        }
    }
    unreachable!("numbers do not run out")
}

/// The command that brings a backup back, as it is typed at the root.
pub(crate) fn copy_command(from: &str, to: &str) -> String {
    if cfg!(windows) {
        format!(
            "copy /y {} {}",
            from.replace('/', "\\"),
            to.replace('/', "\\")
        )
    } else {
        format!("cp {from} {to}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let lesson = folder.path();
        for (number, text) in [(1, "one"), (2, "two"), (3, "three")] {
            write(&lesson.join("src/a/lib.rs"), text.as_bytes()).unwrap();
            let backup = back_up(lesson, Path::new("src/a/lib.rs")).unwrap();
            assert_eq!(
                backup,
                lesson.join(format!("backups/src/a/lib.rs.{number}"))
            );
        }
        assert_eq!(
            fs::read_to_string(lesson.join("backups/src/a/lib.rs.1")).unwrap(),
            "one"
        );
    }

    #[test]
    fn an_unchanged_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        assert!(write_if_changed(&path, b"a").unwrap());
        assert!(!write_if_changed(&path, b"a").unwrap());
        assert!(write_if_changed(&path, b"b").unwrap());
        assert_eq!(walk(folder.path()).unwrap(), [PathBuf::from("x")]);
    }
}
