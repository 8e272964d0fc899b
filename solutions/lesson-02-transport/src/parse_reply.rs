//! [`parse_reply`]: parses a message that may be a reply, and tolerates two faults.
//!
//! Octets after the last section have no meaning, and are ignored (RFC 1035 section 4.1.1: the
//! counts say where a message ends). And nothing of a truncated reply (TC) over UDP is used but the
//! flag itself (RFC 2181 section 9), so it may end anywhere after its header.
//!
//! Every other fault is an error. An attacker that sends a damaged reply with TC has to guess as
//! much as for any other forgery, except for the question, and gains a query over TCP, which is
//! harder to forge than the one over UDP.

use dnsparse::{DnsPacket, Header, ParseError};
use network::Via;

/// Parses a message, and returns it with the number of octets after its last section. A damaged
/// message over UDP that has TC set has no records then; and if it has no question, it counts as a
/// reply to `query`.
///
/// # Errors
/// If the message breaks any other rule.
pub fn parse_reply(
    query: &DnsPacket,
    octets: &[u8],
    via: Via,
) -> Result<(DnsPacket, usize), ParseError> {
    let parsed = DnsPacket::parse_lenient(octets);
    let header = match Header::parse(octets) {
        Ok(header) if header.tc && via == Via::Udp => header,
        _ => return parsed.map(|(packet, trailing)| (packet, trailing.len())),
    };
    let (packet, trailing) = match parsed {
        Ok((packet, trailing)) => (Some(packet), trailing.len()),
        Err(_) => (DnsPacket::parse_head(octets).ok(), 0),
    };
    let without_question = DnsPacket {
        header,
        questions: query.questions.clone(),
        ..DnsPacket::default()
    };
    let with_question = packet.filter(|packet| !packet.questions.is_empty());
    Ok((with_question.unwrap_or(without_question), trailing))
}
