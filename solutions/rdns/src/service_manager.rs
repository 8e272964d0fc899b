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
/// If one of them is for neither UDP nor TCP, or has a name that asks for something else.
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
            match name.unwrap_or_default() {
                "tls" => handed.tls.push(socket),
                "https" => handed.https.push(socket),
                name if is_plain(name) => handed.tcp.push(socket),
                name => {
                    let text = format!(
                        "the service manager hands over a socket with the name '{name}': write FileDescriptorName=tls for DNS over TLS, https for DNS over HTTPS, and dns for neither"
                    );
                    return Err(io::Error::other(text));
                }
            }
        } else {
            let text = format!("socket {index} of the service manager is for neither UDP nor TCP");
            return Err(io::Error::other(text));
        }
    }
    Ok((given.len() > 0).then_some(handed))
}

/// Whether a socket's name is one for DNS without encryption: `dns`, that of our unit, which is the
/// default, or none. With any other, plaintext might be sent where encryption was meant.
#[cfg(unix)]
fn is_plain(name: &str) -> bool {
    ["", "dns", "rdns.socket", "unknown"].contains(&name)
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
