//! Which server this machine asks.

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};

use transport::address::PORT;

/// Where Unix systems write it down (resolv.conf(5)).
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// Why there is no default server.
#[derive(Debug, thiserror::Error)]
pub enum NoServer {
    /// There is no such file, as on Windows.
    #[error(
        "cannot tell which server this system asks ({RESOLV_CONF}: {0}): name one with --server"
    )]
    Unreadable(#[from] io::Error),
    /// There is, but it names none.
    #[error("{RESOLV_CONF} names no server: name one with --server")]
    NoneNamed,
}

/// The first server of the system's configuration.
///
/// # Errors
/// If there is no configuration that can be read, or it names none.
pub fn default_server() -> Result<SocketAddr, NoServer> {
    first_server(&fs::read_to_string(RESOLV_CONF)?).ok_or(NoServer::NoneNamed)
}

/// The first `nameserver` line with an address that can be read. (Those with a zone, such as `fe80::1%eth0`, cannot.)
fn first_server(configuration: &str) -> Option<SocketAddr> {
    let servers = configuration.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let address = words
            .next()
            .filter(|word| *word == "nameserver")
            .and(words.next())?;
        address.parse::<IpAddr>().ok()
    });
    servers.map(|address| SocketAddr::new(address, PORT)).next()
}

#[cfg(test)]
mod tests {
    use super::first_server;

    #[test]
    fn the_first_server_is_taken() {
        let configuration = "# nameserver 192.0.2.9\nsearch example.com\n\tnameserver\t192.0.2.1 # office\nnameserver 192.0.2.2\n";
        assert_eq!(
            first_server(configuration).unwrap().to_string(),
            "192.0.2.1:53"
        );
    }

    #[test]
    fn what_cannot_be_read_is_passed_over() {
        assert_eq!(
            first_server("nameserver\nnameserver fe80::1%eth0\nnameservers 192.0.2.1\n"),
            None
        );
        assert_eq!(
            first_server("nameserver x\nnameserver ::1")
                .unwrap()
                .to_string(),
            "[::1]:53"
        );
    }
}
