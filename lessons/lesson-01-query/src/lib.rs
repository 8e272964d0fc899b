//! Lesson 1: a query packet.
//!
//! From what somebody typed to a [`DnsPacket`] that a server understands. The types are explained in
//! `dnsparse/src/types.rs`; turning them into octets is dnsparse's work, filling them in is yours.

use std::net::IpAddr;

use dnsparse::{Class, DnsPacket, Edns, Header, Name, NameError, Question, UnknownMnemonic};
use rand::Rng;

/// The largest UDP message we offer to take, in octets. An IPv6 path carries 1,280 octets unfragmented; the IPv6 and UDP
/// headers take 48 of them. Larger messages arrive in fragments, which get lost and can be forged.
pub const UDP_SIZE: u16 = 1_232;

/// Why something typed is no question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The name cannot be a domain name.
    #[error("'{text}' is not a domain name: {reason}")]
    BadName {
        /// What was typed.
        text: String,
        /// The rule that it breaks.
        reason: NameError,
    },
    /// The type is no type.
    #[error(transparent)]
    BadType(#[from] UnknownMnemonic),
}

/// Makes a question of what somebody typed: a name such as `yahoo.com`, and a type such as `MX`, in class IN.
///
/// # Errors
/// [`QueryError::BadName`] if `name` is not a domain name, [`QueryError::BadType`] if `rtype` is not a type. Both carry
/// what dnsparse has to say about it.
pub fn question(name: &str, rtype: &str) -> Result<Question, QueryError> {
    todo!(
        "Parse the name and the type, and make a Question of class IN of them (RFC 1035 section 4.1.2)."
    )
}

/// The header of a query: its id, and whether the server shall do the whole walk for us (RD).
pub fn header(id: u16, recursion: bool) -> Header {
    todo!(
        "Set the id and RD; every other field of a query has its default value (RFC 1035 section 4.1.1)."
    )
}

/// Header and question, put together: nothing else is in a query yet.
pub fn query(header: Header, question: Question) -> DnsPacket {
    todo!(
        "Put the header and the one question into a packet whose other sections are empty (RFC 9619)."
    )
}

/// The same packet, which now also says that we take UDP messages of [`UDP_SIZE`] octets.
///
/// Without this a server must not send more than 512, as in 1987.
pub fn with_edns(packet: DnsPacket) -> DnsPacket {
    todo!(
        "Set the packet's EDNS: a UDP size of UDP_SIZE, everything else as it defaults (RFC 6891 section 6.2.3)."
    )
}

/// An id that cannot be guessed.
///
/// A forger that guesses it, and the port that the query leaves from, can answer in the server's place (RFC 5452 section 4.3).
pub fn random_id(random: &mut impl Rng) -> u16 {
    todo!("Draw all sixteen bits from `random` (RFC 5452 section 9.2).")
}

/// The name under which an address is looked up backwards: ask it for PTR.
///
/// `192.0.2.7` is `7.2.0.192.in-addr.arpa`, its octets in decimal from right to left (RFC 1035 section 3.5). An IPv6
/// address is taken four bits at a time, all 32 of them, below `ip6.arpa` (RFC 3596 section 2.5).
pub fn reverse_name(address: IpAddr) -> Name {
    let (mut labels, zone): (Vec<String>, [&str; 2]) = match address {
        IpAddr::V4(address) => (decimal(address.octets()), ["in-addr", "arpa"]),
        IpAddr::V6(address) => (nibbles(address.octets()), ["ip6", "arpa"]),
    };
    labels.reverse();
    labels.extend(zone.map(str::to_owned));
    Name::from_labels(labels).unwrap_or_default()
}

/// Each octet as a decimal number: `["192", "0", "2", "7"]`.
fn decimal(octets: [u8; 4]) -> Vec<String> {
    todo!(
        "Make a decimal label of each octet, in the order in which they stand (RFC 1035 section 3.5)."
    )
}

/// Each half octet as a hexadecimal digit, the upper half first: 32 labels.
fn nibbles(octets: [u8; 16]) -> Vec<String> {
    todo!(
        "Make two hexadecimal labels of each octet, its upper four bits first (RFC 3596 section 2.5)."
    )
}

/// The whole of this lesson: what was typed in, a packet out. Without a type, a name is asked for A, and an address for
/// PTR of its [`reverse_name`].
///
/// # Errors
/// As [`question`].
pub fn ask(
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
