//! [`ServerError`]: the reasons why a server cannot start, each with the next step.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::config::ConfigError;

/// The server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An address cannot be bound.
    #[error("cannot listen on {address}: {reason}{}", bind_advice(reason))]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        reason: io::Error,
    },
    /// The socket for `rdns ctl` cannot be created.
    #[error(
        "cannot create the control socket {path}: {reason}{}",
        folder_advice(reason)
    )]
    Control {
        /// The socket.
        path: String,
        /// The system's error.
        reason: io::Error,
    },
    /// A command to a running server failed.
    #[cfg(unix)]
    #[error(transparent)]
    Command(#[from] crate::control::ControlError),
    /// A file of a setting cannot be written.
    #[error(
        "cannot write {}, the file of {key}: {reason}{}",
        file.display(),
        folder_advice(reason)
    )]
    Unwritable {
        /// The setting that names the file.
        key: &'static str,
        /// The file.
        file: PathBuf,
        /// The system's error.
        reason: io::Error,
    },
    /// The output of a command cannot be written.
    #[error("cannot write the output: {0}")]
    Output(io::Error),
    /// TLS cannot be served.
    #[error("cannot serve DNS over TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The system refuses a resource.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

/// Returns what to do about an address that cannot be bound.
fn bind_advice(reason: &io::Error) -> &'static str {
    match reason.kind() {
        io::ErrorKind::AddrInUse => {
            ": another program listens there: end it, or choose another address or port"
        }
        io::ErrorKind::AddrNotAvailable => {
            ": this machine does not have the address: `ip address` shows those that it has"
        }
        io::ErrorKind::PermissionDenied => {
            ": a port below 1024 needs a permission: `sudo setcap cap_net_bind_service=+ep FILE` gives it to the program in FILE"
        }
        _ => "",
    }
}

/// Returns what makes an error of the system one about the file of a setting.
pub(crate) fn unwritable(
    key: &'static str,
    file: Option<&PathBuf>,
) -> impl FnOnce(io::Error) -> ServerError {
    let file = file.cloned().unwrap_or_default();
    move |reason| ServerError::Unwritable { key, file, reason }
}

/// Returns what to do about a folder in which no file or socket can be created.
fn folder_advice(reason: &io::Error) -> &'static str {
    match reason.kind() {
        io::ErrorKind::NotFound => ": create its folder first",
        io::ErrorKind::PermissionDenied => {
            ": its folder has to belong to the user that runs the server"
        }
        _ => "",
    }
}
