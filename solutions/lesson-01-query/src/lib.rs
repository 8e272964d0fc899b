//! Lesson 1: a query packet.
//!
//! This crate turns a name and a type, as typed on a command line, into a query: a [`DnsPacket`]
//! that any server can parse. The types are explained in `dnsparse/src/types.rs`. Your code fills
//! them in, and dnsparse writes them as octets.

use std::net::IpAddr;

use dnsparse::{Class, DnsPacket, Edns, Header, Name, NameError, Question, UnknownMnemonic};
use rand::Rng;

/// The largest reply that the client accepts over UDP, in octets. Every IPv6 link carries packets
/// of 1,280 octets unfragmented; the IPv6 and UDP headers take 48 of them. Larger messages arrive
/// in fragments, which get lost and can be forged.
pub const UDP_SIZE: u16 = 1_232;

/// The error for a name or a type that makes no question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The text is not a domain name.
    #[error("'{text}' is not a domain name: {reason}")]
    BadName {
        /// The text as typed.
        text: String,
        /// The rule that it breaks.
        reason: NameError,
    },
    /// The text is not a record type.
    #[error(transparent)]
    BadType(#[from] UnknownMnemonic),
}

/// Parses a name such as `yahoo.com` and a type such as `MX` into a question of class IN.
///
/// # Errors
/// [`QueryError::BadName`] if `name` is not a domain name, [`QueryError::BadType`] if `rtype` is
/// not a record type. Both contain dnsparse's error.
pub fn question(name: &str, rtype: &str) -> Result<Question, QueryError> {
    // todo: Parse the name and the type, and return a Question of class IN with them (RFC 1035
    // section 4.1.2).
    let qname = name.parse().map_err(|reason| QueryError::BadName {
        text: name.to_owned(),
        reason,
    })?;
    Ok(Question {
        qname,
        qtype: rtype.parse()?,
        qclass: Class::IN,
    })
    // end todo
}

/// Returns the header of a query. `recursion` is the flag RD, *recursion desired*: it asks the
/// server to resolve the name completely.
pub fn header(id: u16, recursion: bool) -> Header {
    // todo: Set the fields that a query needs; each other field has its default value (RFC 1035
    // section 4.1.1).
    Header {
        id,
        rd: recursion,
        ..Header::default()
    }
    // end todo
}

/// Returns a packet with this header and this question, and nothing else.
pub fn query(header: Header, question: Question) -> DnsPacket {
    // todo: Return a packet with the header and the one question, whose other sections are empty
    // (RFC 9619).
    DnsPacket {
        header,
        questions: vec![question],
        ..DnsPacket::default()
    }
    // end todo
}

/// Adds EDNS to a packet, with a UDP size of [`UDP_SIZE`]: the client accepts replies of that
/// length.
///
/// Without EDNS a server must not send more than 512 octets over UDP, as in 1987.
pub fn with_edns(packet: DnsPacket) -> DnsPacket {
    // todo: Set the packet's EDNS: a UDP size of UDP_SIZE, and defaults for the other fields (RFC
    // 6891 section 6.2.3).
    let edns = Edns {
        udp_size: UDP_SIZE,
        ..Edns::default()
    };
    DnsPacket {
        edns: Some(edns),
        ..packet
    }
    // end todo
}

/// Draws an unpredictable id.
///
/// An attacker that guesses the id, and the port that the query leaves from, can forge the reply
/// (RFC 5452 section 4.3).
pub fn random_id(random: &mut impl Rng) -> u16 {
    // todo: Draw the id from `random` (RFC 5452 section 9.2).
    let [first, second, ..] = random.next_u32().to_be_bytes();
    u16::from_be_bytes([first, second])
    // end todo
}

/// Returns the name of an address in the reverse tree: its PTR record holds the name of the host.
///
/// `192.0.2.7` is `7.2.0.192.in-addr.arpa`, its octets in decimal from right to left (RFC 1035
/// section 3.5). An IPv6 address has a label for each four bits, 32 in all, below `ip6.arpa` (RFC
/// 3596 section 2.5).
pub fn reverse_name(address: IpAddr) -> Name {
    let (mut labels, zone): (Vec<String>, [&str; 2]) = match address {
        IpAddr::V4(address) => (decimal(address.octets()), ["in-addr", "arpa"]),
        IpAddr::V6(address) => (nibbles(address.octets()), ["ip6", "arpa"]),
    };
    labels.reverse();
    labels.extend(zone.map(str::to_owned));
    Name::from_labels(labels).unwrap_or_default()
}

/// Returns each octet as a decimal number: `["192", "0", "2", "7"]`.
fn decimal(octets: [u8; 4]) -> Vec<String> {
    // todo: Make a decimal label of each octet, in the order of the address (RFC 1035 section 3.5).
    octets.iter().map(u8::to_string).collect()
    // end todo
}

/// Returns each half octet (*nibble*) as a hexadecimal digit, the upper half first: 32 labels.
fn nibbles(octets: [u8; 16]) -> Vec<String> {
    // todo: Make two hexadecimal labels of each octet, its upper four bits first (RFC 3596 section
    // 2.5).
    octets
        .iter()
        .flat_map(|octet| [octet >> 4, octet & 0xf])
        .map(|nibble| format!("{nibble:x}"))
        .collect()
    // end todo
}

/// Builds a complete query from a name and a type as typed. The default type is A; without a type,
/// an address becomes a query for the PTR record of its [`reverse_name`].
///
/// # Errors
/// As [`question`].
pub fn build(
    name: &str,
    rtype: Option<&str>,
    recursion: bool,
    random: &mut impl Rng,
) -> Result<DnsPacket, QueryError> {
    let question = match (name.parse(), rtype) {
        (Ok(address), None) => question(&reverse_name(address).to_string(), "PTR")?,
        _ => question(name, rtype.unwrap_or("A"))?,
    };
    Ok(with_edns(query(
        header(random_id(random), recursion),
        question,
    )))
}
