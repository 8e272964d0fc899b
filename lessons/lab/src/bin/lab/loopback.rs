//! [`LoopbackMap`]: the loopback address of each server of the lab.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use lab::{Host, Lab};

/// The servers that have an IPv4 address, in the order of their addresses, each with the next
/// loopback address. While no zone file changes, each server is always at the same one.
pub(crate) struct LoopbackMap {
    servers: Vec<LoopbackServer>,
}

/// A server and its loopback address.
pub(crate) struct LoopbackServer {
    /// The server in the lab, at its true address.
    pub(crate) host: Host,
    /// The loopback address and the port.
    pub(crate) loopback: SocketAddr,
}

impl LoopbackMap {
    /// Gives the servers of a lab the addresses right after one, and a port.
    pub(crate) fn of(lab: &Lab, after: Ipv4Addr, port: u16) -> LoopbackMap {
        let hosts = lab.hosts().into_iter();
        let hosts = hosts.filter(|host| host.address.is_ipv4());
        let server = |(host, number): (Host, u32)| {
            let address = Ipv4Addr::from(u32::from(after).wrapping_add(number));
            let loopback = SocketAddr::new(address.into(), port);
            LoopbackServer { host, loopback }
        };
        LoopbackMap {
            servers: hosts.zip(1..).map(server).collect(),
        }
    }

    /// Returns all servers, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &LoopbackServer> {
        self.servers.iter()
    }

    /// Returns the server that has an address in the lab.
    pub(crate) fn at(&self, address: IpAddr) -> Option<&LoopbackServer> {
        self.iter()
            .find(|server| server.host.address.ip() == address)
    }

    /// Returns the commands that add the addresses to the loopback interface, for systems that have
    /// only 127.0.0.1: a line for every 256 addresses.
    pub(crate) fn commands(&self) -> String {
        let octets: Vec<[u8; 4]> = self
            .iter()
            .filter_map(|server| octets(server.loopback))
            .collect();
        let same_net = |[a, b, c, _]: &[u8; 4], [d, e, f, _]: &[u8; 4]| (a, b, c) == (d, e, f);
        let nets = octets.chunk_by(same_net).filter_map(|net| {
            let ([a, b, c, first], [.., last]) = (net.first()?, net.last()?);
            Some(format!(
                "for n in $(seq {first} {last}); do sudo ifconfig lo0 alias {a}.{b}.{c}.$n; done"
            ))
        });
        nets.collect::<Vec<_>>().join("\n")
    }
}

fn octets(address: SocketAddr) -> Option<[u8; 4]> {
    match address.ip() {
        IpAddr::V4(address) => Some(address.octets()),
        IpAddr::V6(_) => None,
    }
}
