//! [`parse_reply`]: parses a message that may be a reply, with two faults that do not matter.
//!
//! Octets behind the last section have no meaning, and are ignored (RFC 1035 section 4.1.1: the
//! counts say where a message ends). And of a truncated reply (TC) over UDP nothing is used but the
//! flag itself (RFC 2181 section 9), so that it may end anywhere behind its header.
//!
//! Every other fault is an error. An attacker who sends a damaged reply with TC has to know as much
//! as for any other forgery, but for the question, and gains a query over TCP, which is harder to
//! forge than the one over UDP.

use dnsparse::{DnsPacket, Header, ParseError};
use network::Via;

/// Parses a message, and returns it with the number of octets behind its last section. A damaged
/// message over UDP that has TC set has no records then, and perhaps no question.
///
/// # Errors
/// If the message breaks any other rule.
pub fn parse_reply(octets: &[u8], via: Via) -> Result<(DnsPacket, usize), ParseError> {
    let error = match DnsPacket::parse_lenient(octets) {
        Ok((packet, trailing)) => return Ok((packet, trailing.len())),
        Err(error) => error,
    };
    match Header::parse(octets) {
        Ok(header) if header.tc && via == Via::Udp => {
            let without_question = || DnsPacket {
                header,
                ..DnsPacket::default()
            };
            let packet = DnsPacket::parse_head(octets).unwrap_or_else(|_| without_question());
            Ok((packet, 0))
        }
        _ => Err(error),
    }
}
