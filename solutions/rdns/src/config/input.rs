//! Opens and reads the files that settings name. An error says which file of which setting.
//!
//! Only files are opened: a pipe would keep the server waiting for its writer, and a device may have
//! no end. And no more is read than `MAX_SIZE`, since a file of `/proc` may have no end either.

use std::fs::{self, File, FileType};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use super::ConfigError;

/// The mark at the start of a text in UTF-8, which says nothing.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";
/// The maximum number of octets of a file: ten times those of the longest blocklists, which have
/// millions of names.
const MAX_SIZE: u64 = 1 << 30;

/// Opens the file of a setting, for readers that go through it line by line.
///
/// # Errors
/// The system's error, or that it is no file.
pub fn open(key: &'static str, path: &Path) -> Result<impl Read + use<>, ConfigError> {
    let unreadable = |reason| unreadable(key, path, reason);
    check_kind(path).map_err(unreadable)?;
    let file = File::open(path).map_err(unreadable)?;
    Ok(Bounded {
        file,
        left: MAX_SIZE,
    })
}

/// Reads the file of a setting as text, without the byte order mark that editors on Windows write
/// before it.
///
/// # Errors
/// The system's error, that it is no file or too long, or the line with an octet that is not UTF-8.
pub fn read(key: &'static str, path: &Path) -> Result<String, ConfigError> {
    text(path, read_octets(key, path)?)
}

/// Reads the file of a setting.
///
/// # Errors
/// The system's error, or that it is no file or too long.
pub fn read_octets(key: &'static str, path: &Path) -> Result<Vec<u8>, ConfigError> {
    let mut octets = Vec::new();
    let read = open(key, path)?.read_to_end(&mut octets);
    read.map_err(|reason| unreadable(key, path, reason))?;
    Ok(octets)
}

/// Returns the text of a file, as [`read`] does.
///
/// # Errors
/// The line with an octet that is not UTF-8.
pub fn text(path: &Path, mut octets: Vec<u8>) -> Result<String, ConfigError> {
    if octets.starts_with(BYTE_ORDER_MARK.as_bytes()) {
        octets.drain(..BYTE_ORDER_MARK.len());
    }
    String::from_utf8(octets).map_err(|error| {
        let (before, after) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        let octet = after.first().copied().unwrap_or_default();
        ConfigError::Line {
            file: path.display().to_string(),
            line: before.iter().filter(|octet| **octet == b'\n').count() + 1,
            text: format!("the octet {octet:#04x} is not UTF-8: save the file as text in UTF-8"),
        }
    })
}

/// Returns what reads the files that a zone file includes, from its folder.
pub fn included(key: &'static str, file: &Path) -> impl FnMut(&str) -> Result<String, String> {
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    move |name| read(key, &folder.join(name)).map_err(|error| error.to_string())
}

/// Returns the error about a file of a setting that cannot be read.
pub fn unreadable(key: &'static str, path: &Path, reason: io::Error) -> ConfigError {
    ConfigError::Unreadable {
        key,
        file: path.display().to_string(),
        reason,
    }
}

/// Checks that a path leads to a file.
///
/// # Errors
/// The system's error, or that it is something else.
pub fn check_kind(path: &Path) -> io::Result<()> {
    match other_kind(fs::metadata(path)?.file_type()) {
        None => Ok(()),
        Some(other) => Err(io::Error::other(format!("it is a {other}, and no file"))),
    }
}

/// Returns what has the name of a file and is none.
fn other_kind(kind: FileType) -> Option<&'static str> {
    match () {
        () if kind.is_file() => None,
        () if kind.is_dir() => Some("folder"),
        () => Some(special(kind)),
    }
}

#[cfg(unix)]
fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match () {
        () if kind.is_fifo() => "pipe",
        () if kind.is_socket() => "socket",
        () => "device",
    }
}

#[cfg(not(unix))]
fn special(_kind: FileType) -> &'static str {
    "device"
}

/// A file whose end has to come in time: more octets are an error, and no early end.
struct Bounded {
    file: File,
    left: u64,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.left = self.left.checked_sub(length as u64).ok_or_else(|| {
            let text = format!("it has more than {MAX_SIZE} octets");
            io::Error::new(ErrorKind::FileTooLarge, text)
        })?;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the text, or the error with the folder's path left out.
    fn result(path: &Path) -> String {
        let folder = format!("{}/", path.parent().unwrap().display());
        read("some-key", path).unwrap_or_else(|error| error.to_string().replace(&folder, ""))
    }

    #[test]
    fn a_file_is_text_in_utf_8_with_or_without_a_mark() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("file");
        for (octets, expected) in [
            (&b"\xef\xbb\xbflab = true"[..], "lab = true"),
            (b"lab = true", "lab = true"),
            (
                b"# 1\n# caf\xe9\n",
                "file:2: the octet 0xe9 is not UTF-8: save the file as text in UTF-8",
            ),
        ] {
            fs::write(&path, octets).unwrap();
            assert_eq!(result(&path), expected, "{octets:?}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named_with_its_setting() {
        let folder = tempfile::TempDir::new().unwrap();
        let missing = result(&folder.path().join("missing"));
        assert!(
            missing.starts_with("cannot read missing, the file of some-key: "),
            "{missing}"
        );
        let name = folder.path().file_name().unwrap().to_string_lossy();
        let expected =
            format!("cannot read {name}, the file of some-key: it is a folder, and no file");
        assert_eq!(result(folder.path()), expected.as_str());
    }

    /// None of them keeps the program waiting, or fills its memory.
    #[cfg(unix)]
    #[test]
    fn pipes_devices_and_sockets_are_refused() {
        let folder = tempfile::TempDir::new().unwrap();
        let (pipe, socket) = (folder.path().join("pipe"), folder.path().join("socket"));
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let _socket = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, expected) in [
            (
                &*pipe,
                "cannot read pipe, the file of some-key: it is a pipe, and no file",
            ),
            (
                &socket,
                "cannot read socket, the file of some-key: it is a socket, and no file",
            ),
            (
                Path::new("/dev/zero"),
                "cannot read zero, the file of some-key: it is a device, and no file",
            ),
        ] {
            assert_eq!(result(path), expected);
        }
    }

    #[test]
    fn the_octets_of_a_file_are_bounded() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "12345").unwrap();
        for (left, expected) in [(5, Some("12345")), (4, None)] {
            let file = File::open(&path).unwrap();
            let text = io::read_to_string(Bounded { file, left });
            let expected = expected.map(str::to_owned);
            assert_eq!(text.ok(), expected, "with {left} octets left");
        }
    }
}
