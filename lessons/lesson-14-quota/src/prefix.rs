//! The address that stands for a client, or for a network of clients.
//!
//! With one IPv6 network, an attacker has 2^64 addresses at least: a quota for each address would be
//! none. So what counts is the *prefix*, the first bits of the address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Returns the address that stands for a client's host: all of an IPv4 address, and the first 64
/// bits of an IPv6 address.
///
/// ```
/// use quota::prefix::host;
///
/// assert_eq!(host("2001:db8:1:2:3:4:5:6".parse()?).to_string(), "2001:db8:1:2::");
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
pub fn host(client: IpAddr) -> IpAddr {
    first_bits(client, 32, 64)
}

/// Returns the address that stands for a network: the first 24 bits of an IPv4 address, and the
/// first 56 of an IPv6 address, as in BIND's response rate limiting. A victim that is flooded has
/// more than one address, too.
pub fn network(client: IpAddr) -> IpAddr {
    first_bits(client, 24, 56)
}

/// Keeps the first bits of an address: so many of an IPv4 address, or of an IPv6 address.
fn first_bits(client: IpAddr, ipv4: u32, ipv6: u32) -> IpAddr {
    // An IPv6 socket shows the IPv4 address 192.0.2.7 as ::ffff:192.0.2.7.
    match client.to_canonical() {
        IpAddr::V4(address) => {
            let bits = address.to_bits() & (u32::MAX << (32 - ipv4));
            Ipv4Addr::from_bits(bits).into()
        }
        IpAddr::V6(address) => {
            todo!("Clear all bits but the first `ipv6` ones, as above: an IPv6 address has 128.")
        }
    }
}
