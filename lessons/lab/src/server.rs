//! How a server treats a query, before and after it looks anything up: what it ignores, what it refuses, how much it may
//! send. The same rules for authoritative servers and for the recursive front; lesson 5 is about them.

use dnsparse::{DnsPacket, Edns, Header, Opcode, Question, Rcode, RecordType};
use network::Via;

/// The largest UDP reply: what passes through nearly every network in one piece (DNS flag day 2020).
const UDP_LIMIT: u16 = 1232;
/// The largest UDP reply to an asker who says nothing of itself (RFC 1035 section 2.3.4).
const PLAIN_UDP_LIMIT: u16 = 512;

/// The reply to a message, none if it is not worth one. `look_up` fills the reply to a question that passes all rules.
pub(crate) fn respond(
    message: &[u8],
    via: Via,
    look_up: impl FnOnce(&Question, &mut DnsPacket),
) -> Option<Vec<u8>> {
    let header = Header::parse(message).ok()?;
    if header.qr {
        // A reply to a reply could bounce between two servers for ever.
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

/// A header and nothing else.
fn failure(query: Header, rcode: Rcode) -> DnsPacket {
    let Header { id, opcode, rd, .. } = query;
    DnsPacket {
        header: Header {
            id,
            qr: true,
            opcode,
            rd,
            rcode,
            ..Header::default()
        },
        ..DnsPacket::default()
    }
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

/// RFC 6891 section 6.1.3: BADVERS is 16, which takes the upper bits that only EDNS has.
fn bad_version(reply: &mut DnsPacket) {
    if let Some(edns) = &mut reply.edns {
        edns.extended_rcode = (Rcode::BADVERS.0 >> 4) as u8;
    }
}

/// Other classes, which nobody here serves, and whole zones, which nobody here hands out.
fn is_refused(question: &Question) -> bool {
    question.qclass != dnsparse::Class::IN
        || matches!(question.qtype, RecordType::AXFR | RecordType::IXFR)
}

fn udp_limit(query: &DnsPacket) -> u16 {
    let asked = query
        .edns
        .as_ref()
        .map_or(PLAIN_UDP_LIMIT, |edns| edns.udp_size);
    asked.clamp(PLAIN_UDP_LIMIT, UDP_LIMIT)
}
