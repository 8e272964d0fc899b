//! Backups of a learner's files, made before other texts take their place.

use super::slashed;
use anyhow::{Context, Result};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Copies the lesson's file `relative` to `backups/relative.N`, where N is the first unused number.
pub(crate) fn back_up(lesson: &Path, relative: &Path) -> Result<PathBuf> {
    let content = fs::read(lesson.join(relative))?;
    for number in 1_u32.. {
        let backup = lesson
            .join("backups")
            .join(format!("{}.{number}", slashed(relative)));
        let folder = backup.parent().context("no folder")?;
        match write_new(folder, &backup, &content) {
            Ok(()) => return Ok(backup),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| {
                    format!(
                        "can't write the backup {}, so your file stays in place",
                        backup.display()
                    )
                });
            }
        }
    }
    unreachable!("fewer than 2^32 backups")
}

/// Writes a file that must not exist yet, whole or not at all: half a backup on a full disk would
/// look like a whole one.
fn write_new(folder: &Path, path: &Path, content: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".writing-")
        .tempfile_in(folder)?;
    file.write_all(content)?;
    // A full disk may show only here.
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    Ok(())
}

/// Returns the shell command that restores a backup, for the root folder.
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
    use crate::files::write;

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
}
