//! The system's default DNS server.

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};

use transport::address::PORT;

/// The configuration file of Unix systems' stub resolvers (resolv.conf(5)).
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// The system's default server cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum NoServer {
    /// The file cannot be read; Windows has none.
    #[error("cannot find the system's DNS server ({RESOLV_CONF}: {0}): name one with --server")]
    Unreadable(#[from] io::Error),
    /// The file names no server.
    #[error("{RESOLV_CONF} names no server: name one with --server")]
    NoneNamed,
}

/// Returns the first server in the system's configuration.
///
/// # Errors
/// If the configuration cannot be read, or names no server.
pub fn default_server() -> Result<SocketAddr, NoServer> {
    first_server(&fs::read_to_string(RESOLV_CONF)?).ok_or(NoServer::NoneNamed)
}

/// Returns the address in the first `nameserver` line that has a valid one. (An address with a
/// zone, such as `fe80::1%eth0`, is not one.)
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
    fn the_first_server_is_used() {
        let configuration = "# nameserver 192.0.2.9\nsearch example.com\n\tnameserver\t192.0.2.1 # office\nnameserver 192.0.2.2\n";
        assert_eq!(
            first_server(configuration).unwrap().to_string(),
            "192.0.2.1:53"
        );
    }

    #[test]
    fn lines_without_an_address_are_ignored() {
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
