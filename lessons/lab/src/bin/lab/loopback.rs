//! [`LoopbackMap`]: the loopback address of each server of the lab.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use lab::{Host, Lab};

/// The servers that have an IPv4 address, in the order of their [`Block`]s and addresses, each with
/// the next loopback address. The chapters name some of these, so those of true servers must not
/// move when a zone with a made-up address is added.
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

/// The kinds of addresses in the lab, those to which new zones add servers last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Block {
    /// The address of a server on the Internet.
    True,
    /// An address for documentation (RFC 5737), of a zone that exists in the lab only.
    Documentation,
    /// An address for benchmarks, 198.18.0.0/15 (RFC 2544), of a misbehaving server.
    Benchmark,
}

impl Block {
    fn of(address: IpAddr) -> Block {
        match address {
            IpAddr::V4(v4) if matches!(v4.octets(), [198, 18 | 19, _, _]) => Block::Benchmark,
            IpAddr::V4(v4) if v4.is_documentation() => Block::Documentation,
            _ => Block::True,
        }
    }
}

impl LoopbackMap {
    /// Gives the servers of a lab the addresses right after one, and a port.
    pub(crate) fn of(lab: &Lab, after: Ipv4Addr, port: u16) -> LoopbackMap {
        let mut hosts = lab.hosts();
        hosts.retain(|host| host.address.is_ipv4());
        hosts.sort_by_key(|host| (Block::of(host.address.ip()), host.address));
        let server = |(host, number): (Host, u32)| {
            let address = Ipv4Addr::from(u32::from(after).wrapping_add(number));
            let loopback = SocketAddr::new(address.into(), port);
            LoopbackServer { host, loopback }
        };
        LoopbackMap {
            servers: hosts.into_iter().zip(1..).map(server).collect(),
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
