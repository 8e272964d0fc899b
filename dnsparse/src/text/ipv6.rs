//! [`Ipv6Text`]: IPv6 addresses in the form of dig.

use core::fmt;
use core::net::Ipv6Addr;

/// An address as the C library shows it, and so dig: `::192.0.2.1` for the old IPv4-compatible ones
/// (RFC 4291 section 2.5.5.1), which Rust shows as `::c000:201`. All others look alike.
pub(crate) struct Ipv6Text(pub(crate) Ipv6Addr);

impl fmt::Display for Ipv6Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.segments(), self.0.octets()) {
            ([0, 0, 0, 0, 0, 0, high, _], [.., a, b, c, d]) if high != 0 => {
                write!(f, "::{a}.{b}.{c}.{d}")
            }
            _ => write!(f, "{}", self.0),
        }
    }
}
