//! [`AddressPolicy`]: which addresses nobody should ever be sent to.
//!
//! Anybody can write any address into a zone: that of a printer, of everybody at once, or your own. A resolver that goes wherever it
//! is sent can be sent against others, or against itself (RFC 1035 section 7.2 already warns of such addresses).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

/// What this machine is like, as far as it matters for whom to ask.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddressPolicy {
    /// Whether it can reach addresses of IPv6: [`has_ipv6`] finds out.
    pub has_ipv6: bool,
    /// Whether servers on this machine itself may be asked: only where the root servers lie there too, as in a test.
    pub allow_loopback: bool,
    /// Where it listens itself, on the very port that it asks others on: a question to oneself never ends.
    pub own_addresses: Vec<IpAddr>,
}

impl AddressPolicy {
    /// Why an address is not asked, in words that read well after it; none if it may be asked.
    pub fn violation(&self, server: IpAddr) -> Option<&'static str> {
        todo!(
            "Where nobody is (`is_nowhere`); its own addresses; loopback, unless it `allow_loopback`; other IPv6, unless it `has_ipv6`. Each with words such as \"is not asked: this resolver itself listens there\"."
        )
    }
}

/// Whether this is no address of one server that can be told from all others.
fn is_nowhere(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_nowhere_v4(v4),
        IpAddr::V6(v6) => is_nowhere_v6(v6),
    }
}

/// "This network" (RFC 1122 section 3.2.1.3), everybody, some, and those who have no address yet (RFC 3927).
fn is_nowhere_v4(address: Ipv4Addr) -> bool {
    todo!("Its first octet is 0, or it is broadcast, multicast, or link-local.")
}

/// None, some, those on the next cable (which one would have to be said, too), and addresses of IPv4 in disguise, which would get
/// past every rule for those (RFC 4291 sections 2.5.5 and 2.5.6).
fn is_nowhere_v6(address: Ipv6Addr) -> bool {
    let is_link_local = address.is_unicast_link_local();
    let is_disguised = address.to_ipv4().is_some() && !address.is_loopback();
    todo!("It is unspecified, multicast, link-local, or disguised.")
}

/// Whether this machine has a way to the addresses of IPv6. Nothing is sent: to connect a UDP socket is to ask the system for a way.
pub fn has_ipv6() -> bool {
    /// A root server, as an address that is surely far away.
    const FAR: (Ipv6Addr, u16) = (Ipv6Addr::new(0x2001, 0x503, 0xba3e, 0, 0, 0, 2, 0x30), 53);
    UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).is_ok_and(|socket| socket.connect(FAR).is_ok())
}
