//! Sends a command to a running server: the program `rdns ctl`.

use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::{Ctl, END, ERROR, OK};
use crate::config::ConfigError;

/// The longest pause within an answer: a trace takes as long as its search.
const PATIENCE: Duration = Duration::from_secs(30);

/// A command was not executed.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The file of settings names no socket.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no socket.
    #[error(
        "there is no server at {path}: start rdns with control = \"{path}\", or name its socket with --control"
    )]
    NoSocket {
        /// The socket.
        path: String,
    },
    /// There is a socket, but no server listens on it.
    #[error("no server answers at {path}: it has ended, and left its socket")]
    NoServer {
        /// The socket.
        path: String,
    },
    /// The user may not control the server.
    #[error("{path} belongs to another user: run this as the user of the server, or as root")]
    Forbidden {
        /// The socket.
        path: String,
    },
    /// The connection fails for another reason.
    #[error("{path}: {reason}")]
    Broken {
        /// The socket.
        path: String,
        /// The system's error.
        reason: io::Error,
    },
    /// The connection ended before the answer did.
    #[error("the answer is not complete: the server has ended, or had no more time for it")]
    CutOff,
    /// The server refuses.
    #[error("{0}")]
    Refused(String),
}

/// Sends a command, and writes its answer to `out`.
///
/// # Errors
/// If there is no server, or it does not execute the command.
pub fn send(ctl: &Ctl, out: &mut impl Write) -> Result<(), ControlError> {
    let path = &ctl.socket()?;
    let command = &ctl.command;
    let broken = |reason: io::Error| {
        let path = path.display().to_string();
        match reason.kind() {
            ErrorKind::NotFound => ControlError::NoSocket { path },
            ErrorKind::ConnectionRefused => ControlError::NoServer { path },
            ErrorKind::PermissionDenied => ControlError::Forbidden { path },
            ErrorKind::WouldBlock | ErrorKind::TimedOut => ControlError::CutOff,
            _ => ControlError::Broken { path, reason },
        }
    };
    let mut stream = UnixStream::connect(path).map_err(broken)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(broken)?;
    stream
        .write_all(format!("{command}\n").as_bytes())
        .map_err(broken)?;
    let mut lines = BufReader::new(stream).lines();
    let status = lines.next().ok_or(ControlError::CutOff)?.map_err(broken)?;
    let mut text = Vec::new();
    let mut is_whole = false;
    for line in lines {
        let line = line.map_err(broken)?;
        if line == END {
            is_whole = true;
            break;
        }
        match status == ERROR {
            true => text.push(line),
            // The reader may have closed the pipe: `rdns ctl dump | head`.
            false if writeln!(out, "{line}").is_err() => return Ok(()),
            false => {}
        }
    }
    match (status.as_str(), is_whole) {
        (OK, true) => Ok(()),
        (ERROR, true) => Err(ControlError::Refused(text.join("\n"))),
        _ => Err(ControlError::CutOff),
    }
}
