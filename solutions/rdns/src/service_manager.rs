//! systemd, or another service manager: the sockets that it hands over (sd_listen_fds(3)), and the
//! states that it is told (sd_notify(3)). Without one, nothing happens.

use std::io;
use std::net::{TcpListener, UdpSocket};

/// Sockets that were bound by the service manager.
#[derive(Debug, Default)]
pub struct Handed {
    /// For UDP.
    pub udp: Vec<UdpSocket>,
    /// For TCP.
    pub tcp: Vec<TcpListener>,
    /// For DNS over TLS: those that the service manager calls `tls`.
    pub tls: Vec<TcpListener>,
    /// For DNS over HTTPS: those that it calls `https`.
    pub https: Vec<TcpListener>,
}

/// A state of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Clients are answered.
    Ready,
    /// The configuration is read again.
    Reloading,
    /// The server ends.
    Stopping,
}

/// Takes the sockets over; none if there are none.
///
/// # Errors
/// If one of them is for neither UDP nor TCP.
#[cfg(unix)]
pub fn take_sockets() -> io::Result<Option<Handed>> {
    // The names of all sockets (FileDescriptorName= in systemd.socket(5)).
    let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':');
    let mut given = listenfd::ListenFd::from_env();
    let mut handed = Handed::default();
    for index in 0..given.len() {
        let name = names.next();
        if let Ok(Some(socket)) = given.take_udp_socket(index) {
            handed.udp.push(socket);
        } else if let Ok(Some(socket)) = given.take_tcp_listener(index) {
            socket.set_nonblocking(true)?;
            match name {
                Some("tls") => handed.tls.push(socket),
                Some("https") => handed.https.push(socket),
                _ => handed.tcp.push(socket),
            }
        } else {
            let text = format!("socket {index} of the service manager is for neither UDP nor TCP");
            return Err(io::Error::other(text));
        }
    }
    Ok((given.len() > 0).then_some(handed))
}

/// Takes no sockets over: on this system, none are handed over.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn take_sockets() -> io::Result<Option<Handed>> {
    Ok(None)
}

/// Tells the service manager a state, if there is one.
#[cfg(unix)]
pub fn notify(state: State) {
    use sd_notify::NotifyState;
    let mut states = vec![match state {
        State::Ready => NotifyState::Ready,
        State::Reloading => NotifyState::Reloading,
        State::Stopping => NotifyState::Stopping,
    }];
    if state == State::Reloading {
        states.extend(NotifyState::monotonic_usec_now());
    }
    // A service manager that does not listen is no reason not to serve.
    let _ = sd_notify::notify(&states);
}

/// Does nothing: on this system, no service manager listens.
#[cfg(not(unix))]
pub fn notify(_state: State) {}
