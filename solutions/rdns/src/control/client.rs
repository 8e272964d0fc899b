//! Sends a command to a running server: the program `rdns ctl`.

use std::fs::Metadata;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;

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
    /// There is another file in the place of the socket.
    #[error("{path} is not a socket: name the one in the setting `control` of the server")]
    OtherFile {
        /// The file.
        path: String,
    },
    /// Another program listens on the socket.
    #[error(
        "{path} is the socket of another program: name the one in the setting `control` of the server"
    )]
    OtherProgram {
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
    /// The answer cannot be written.
    #[error("cannot write the output: {0}")]
    Output(io::Error),
    /// The server refuses.
    #[error("{0}")]
    Refused(String),
}

/// Sends a command, and writes its answer to `out`.
///
/// # Errors
/// If there is no server, it does not execute the command, or the answer cannot be written.
pub fn send(ctl: &Ctl, out: &mut impl Write) -> Result<(), ControlError> {
    let path = &ctl.socket()?;
    let broken = |reason: io::Error| explained(path, reason);
    let mut stream = UnixStream::connect(path).map_err(broken)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(broken)?;
    stream
        .write_all(format!("{}\n", ctl.command).as_bytes())
        .map_err(broken)?;
    let mut lines = BufReader::new(stream).lines();
    let status = lines.next().ok_or(ControlError::CutOff)?.map_err(broken)?;
    if status != OK && status != ERROR {
        let path = path.display().to_string();
        return Err(ControlError::OtherProgram { path });
    }
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
            false => match writeln!(out, "{line}") {
                // The reader has closed the pipe: `rdns ctl dump | head`.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                written => written.map_err(ControlError::Output)?,
            },
        }
    }
    out.flush().map_err(ControlError::Output)?;
    match (status.as_str(), is_whole) {
        (OK, true) => Ok(()),
        (ERROR, true) => Err(ControlError::Refused(text.join("\n"))),
        _ => Err(ControlError::CutOff),
    }
}

/// Finds the reason why a connection to a socket fails.
fn explained(socket: &Path, reason: io::Error) -> ControlError {
    let path = socket.display().to_string();
    let is_other = |there: Metadata| !there.file_type().is_socket();
    match reason.kind() {
        ErrorKind::NotFound => ControlError::NoSocket { path },
        ErrorKind::ConnectionRefused if socket.metadata().is_ok_and(is_other) => {
            ControlError::OtherFile { path }
        }
        ErrorKind::ConnectionRefused => ControlError::NoServer { path },
        ErrorKind::PermissionDenied => ControlError::Forbidden { path },
        ErrorKind::WouldBlock | ErrorKind::TimedOut => ControlError::CutOff,
        // An answer that is no text.
        ErrorKind::InvalidData => ControlError::OtherProgram { path },
        // A socket for datagrams.
        _ if Errno::from_io_error(&reason) == Some(Errno::PROTOTYPE) => {
            ControlError::OtherProgram { path }
        }
        _ => ControlError::Broken { path, reason },
    }
}
