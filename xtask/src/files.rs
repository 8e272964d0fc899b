//! Files: listed, read, and written whole or not at all. `backup` keeps a learner's files before
//! other texts take their place.

pub(crate) mod backup;

use anyhow::{Context, Result};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Lists the files below `folder` by their sorted paths in it; none if there is no such folder.
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

/// Reads a text file, with `\n` for each end of a line.
pub(crate) fn read(path: &Path) -> Result<String> {
    let text =
        fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
    Ok(text.replace("\r\n", "\n"))
}

/// Reads a file like [`read`], with U+FFFD for octets that are not UTF-8: a learner's file may have
/// such, and rustc is the one to report them.
pub(crate) fn read_lossy(path: &Path) -> Result<String> {
    let octets = fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
    Ok(String::from_utf8_lossy(&octets).replace("\r\n", "\n"))
}

/// Writes a file whole or not at all, through a temporary file in the same folder.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<()> {
    let attempt = || -> Result<()> {
        let folder = path.parent().context("no folder")?;
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(".writing-")
            .tempfile_in(folder)?;
        file.write_all(content)?;
        // A full disk may show only here, and then the file at `path` has to stay.
        file.as_file().sync_data()?;
        // Only its owner may read a temporary file; a source file keeps the permissions it had.
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

/// Writes a file unless it holds this content already, so that cargo sees no change. Returns
/// whether it wrote the file.
pub(crate) fn write_if_changed(path: &Path, content: &[u8]) -> Result<bool> {
    let changed = fs::read(path).ok().as_deref() != Some(content);
    if changed {
        write(path, content)?;
    }
    Ok(changed)
}

/// Copies all files of a folder. They keep their times, by which cargo tells what is up to date.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for path in walk(from)? {
        let (from, to) = (from.join(&path), to.join(&path));
        fs::create_dir_all(to.parent().context("no folder")?)?;
        fs::copy(&from, &to).with_context(|| format!("can't copy {}", from.display()))?;
        let time = fs::metadata(&from)?.modified()?;
        fs::File::options()
            .write(true)
            .open(&to)?
            .set_modified(time)?;
    }
    Ok(())
}

/// Returns a relative path with forward slashes on every system.
pub(crate) fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

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
