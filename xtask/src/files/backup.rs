//! Backups of a learner's files, made before other texts take their place.

use super::slashed;
use anyhow::{Context, Result};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Copies the lesson's file `relative` to `backups/relative.N`, where N is the first unused number.
pub(crate) fn back_up(lesson: &Path, relative: &Path) -> Result<PathBuf> {
    let content = fs::read(lesson.join(relative))?;
    for number in 1_u32.. {
        let backup = lesson
            .join("backups")
            .join(format!("{}.{number}", slashed(relative)));
        fs::create_dir_all(backup.parent().context("no folder")?)?;
        // `create_new` fails if the file exists: no backup is ever overwritten.
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
    unreachable!("fewer than 2^32 backups")
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
