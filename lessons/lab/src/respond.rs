//! The message rules of the lab's servers: which messages are ignored or refused, and how long a
//! reply may be. They are the same for authoritative servers and the recursive resolver.
//!
//! Lesson 5 teaches these rules, and its library has them too. The lab cannot use that library:
//! lesson 5 depends on lesson 2, and lesson 2 on the lab.

use dnsparse::{DnsPacket, Edns, Header, Opcode, Question, Rcode, RecordType};
use network::Via;

/// The longest reply over UDP in octets: it passes nearly every network without fragmentation
/// (DNS flag day 2020).
const UDP_LIMIT: u16 = 1232;
/// The longest reply over UDP to a client without EDNS (RFC 1035 section 2.3.4).
const PLAIN_UDP_LIMIT: u16 = 512;

/// Returns the reply to a message; none if it gets no reply. `look_up` fills the reply to a
/// question that passes all rules.
pub(crate) fn respond(
    message: &[u8],
    via: Via,
    look_up: impl FnOnce(&Question, &mut DnsPacket),
) -> Option<Vec<u8>> {
    let header = Header::parse(message).ok()?;
    if header.qr {
        // Two servers that answer responses would never stop.
        return None;
    }
    let (reply, limit) = match DnsPacket::parse(message) {
        _ if header.opcode != Opcode::QUERY => (failure(header, Rcode::NOTIMP), PLAIN_UDP_LIMIT),
        Err(_) => (failure(header, Rcode::FORMERR), PLAIN_UDP_LIMIT),
        Ok(query) => (reply(&query, look_up), udp_limit(&query)),
    };
    let written = match via {
        Via::Udp => reply.write_within(usize::from(limit)),
        Via::Tcp => reply.write(),
    };
    written
        .or_else(|_| failure(header, Rcode::SERVFAIL).write())
        .ok()
}

/// Makes a reply of a header alone.
fn failure(header: Header, rcode: Rcode) -> DnsPacket {
    let mut reply = DnsPacket::reply_to(&DnsPacket {
        header,
        ..DnsPacket::default()
    });
    reply.header.rcode = rcode;
    reply
}

fn reply(query: &DnsPacket, look_up: impl FnOnce(&Question, &mut DnsPacket)) -> DnsPacket {
    let mut reply = DnsPacket::reply_to(query);
    reply.edns = query.edns.as_ref().map(|edns| Edns {
        udp_size: UDP_LIMIT,
        do_bit: edns.do_bit,
        ..Edns::default()
    });
    match query.question() {
        _ if query.edns.as_ref().is_some_and(|edns| edns.version > 0) => bad_version(&mut reply),
        None => reply.header.rcode = Rcode::FORMERR,
        Some(question) if is_refused(question) => reply.header.rcode = Rcode::REFUSED,
        Some(question) => look_up(question, &mut reply),
    }
    reply
}

/// Sets the RCODE. BADVERS is 16: its upper bits are in EDNS (RFC 6891 section 6.1.3).
fn bad_version(reply: &mut DnsPacket) {
    if let Some(edns) = &mut reply.edns {
        edns.extended_rcode = (Rcode::BADVERS.0 >> 4) as u8;
    }
}

/// Whether a query is refused: for its class, or since it asks for a zone transfer.
fn is_refused(question: &Question) -> bool {
    question.qclass != dnsparse::Class::IN
        || matches!(question.qtype, RecordType::AXFR | RecordType::IXFR)
}

fn udp_limit(query: &DnsPacket) -> u16 {
    let udp_size = query
        .edns
        .as_ref()
        .map_or(PLAIN_UDP_LIMIT, |edns| edns.udp_size);
    udp_size.clamp(PLAIN_UDP_LIMIT, UDP_LIMIT)
}
