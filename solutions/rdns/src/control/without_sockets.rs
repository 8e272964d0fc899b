//! In the place of the control socket, on systems without Unix sockets.

use std::convert::Infallible;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use super::{Control, Ctl};

/// Fails: there is no socket to connect to.
///
/// # Errors
/// Always.
pub fn send(_ctl: &Ctl, _out: &mut impl Write) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// A socket that cannot be created.
#[derive(Debug)]
pub struct ControlSocket(Infallible);

impl ControlSocket {
    /// Fails.
    ///
    /// # Errors
    /// Always.
    pub fn check_place(_path: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Fails.
    ///
    /// # Errors
    /// Always.
    pub fn bind(_path: &Path) -> io::Result<ControlSocket> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Does nothing: there is no socket.
    pub async fn serve<N, C>(self, _control: Arc<Control<N, C>>) -> Infallible {
        self.0
    }
}
