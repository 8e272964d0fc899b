//! [`Places`]: the loopback address of each server of the lab.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use lab::{Host, Lab};

/// The servers that have an IPv4 address, in the order of these, each with the next loopback address. So long as no zone file
/// changes, each server is always at the same one.
pub(crate) struct Places {
    places: Vec<Place>,
}

/// A server and its loopback address.
pub(crate) struct Place {
    /// The server in the lab, at its true address.
    pub(crate) host: Host,
    /// The loopback address.
    pub(crate) here: SocketAddr,
}

impl Places {
    /// Gives the servers of a lab the addresses right after one, and a port.
    pub(crate) fn of(lab: &Lab, after: Ipv4Addr, port: u16) -> Places {
        let hosts = lab.hosts().into_iter();
        let hosts = hosts.filter(|host| host.address.is_ipv4());
        let place = |(host, number): (Host, u32)| {
            let here = Ipv4Addr::from(u32::from(after).wrapping_add(number));
            let here = SocketAddr::new(here.into(), port);
            Place { host, here }
        };
        Places {
            places: hosts.zip(1..).map(place).collect(),
        }
    }

    /// Returns all places, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Place> {
        self.places.iter()
    }

    /// Returns the loopback address of the server at a true address.
    pub(crate) fn standing_for(&self, address: IpAddr) -> Option<&Place> {
        self.iter().find(|place| place.host.address.ip() == address)
    }

    /// What gives the addresses to the loopback interface on systems that have only 127.0.0.1, a line for every 256 of them.
    pub(crate) fn commands(&self) -> String {
        let octets: Vec<[u8; 4]> = self.iter().filter_map(|place| octets(place.here)).collect();
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
