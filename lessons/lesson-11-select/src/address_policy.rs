//! [`AddressPolicy`]: the addresses that are never queried.
//!
//! The owner of a zone can write any address into it: that of a printer, a broadcast address, or
//! your own. A resolver that sends its queries wherever a zone points can be turned against other
//! machines, or against itself (RFC 1035 section 7.2 already warns of such addresses).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The reason for an IPv4 address without a route.
const NO_IPV4: &str = "is not queried: there is no route to IPv4 addresses";
/// The reason for an IPv6 address without a route.
const NO_IPV6: &str = "is not queried: there is no route to IPv6 addresses";

/// The addresses that a resolver may query, as far as they depend on its machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressPolicy {
    /// Whether the machine has a route to IPv4 addresses. Nearly every machine has.
    pub has_ipv4: bool,
    /// Whether the machine has a route to IPv6 addresses; see [`has_ipv6`](crate::has_ipv6).
    pub has_ipv6: bool,
    /// Whether loopback addresses may be queried: only where the root servers have such addresses,
    /// as in a test.
    pub allow_loopback: bool,
    /// The addresses that the resolver itself listens on, at the same port that it sends queries
    /// to: a query to itself would make it send the next, without end.
    pub own_addresses: Vec<IpAddr>,
}

impl Default for AddressPolicy {
    /// Returns the policy of a machine with IPv4 alone.
    fn default() -> AddressPolicy {
        AddressPolicy {
            has_ipv4: true,
            has_ipv6: false,
            allow_loopback: false,
            own_addresses: Vec::new(),
        }
    }
}

impl AddressPolicy {
    /// Returns the reason why an address is never queried, in words that stand after the address in
    /// a trace; none if it may be queried.
    pub fn violation(&self, server: IpAddr) -> Option<&'static str> {
        let has_route = match server {
            IpAddr::V4(_) => self.has_ipv4,
            IpAddr::V6(_) => self.has_ipv6,
        };
        todo!(
            "Return the reason, if there is one, or None. The zone's owner chose the address: it may be that of no host at all (`is_unroutable`), of this resolver, of its machine (unless `allow_loopback` is set), or one to whose family the machine has no route (NO_IPV4, NO_IPV6). Word the others in the same way."
        )
    }
}

/// Whether an address cannot be routed to one particular host.
fn is_unroutable(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_unroutable_v4(v4),
        IpAddr::V6(v6) => is_unroutable_v6(v6),
    }
}

/// Whether an IPv4 address is in "this network" (RFC 1122 section 3.2.1.3), or is a broadcast,
/// multicast or link-local (RFC 3927) address.
fn is_unroutable_v4(address: Ipv4Addr) -> bool {
    let [first, ..] = address.octets();
    first == 0 || address.is_broadcast() || address.is_multicast() || address.is_link_local()
}

/// Whether an IPv6 address is unspecified, multicast, link-local (such an address needs an
/// interface as well), or an IPv4 address in the form of an IPv6 address, which would get past each
/// rule for IPv4 (RFC 4291 section 2.5.5).
fn is_unroutable_v6(address: Ipv6Addr) -> bool {
    let is_link_local = address.is_unicast_link_local();
    let embeds_ipv4 = address.to_ipv4().is_some() && !address.is_loopback();
    address.is_unspecified() || address.is_multicast() || is_link_local || embeds_ipv4
}
