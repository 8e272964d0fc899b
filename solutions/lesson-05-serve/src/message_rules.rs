//! The rules for messages before the lookup and for replies after it (RFC 1035 section 4.1.1, RFC
//! 6891).
//!
//! An authoritative server answers any client, and over UDP any client can forge its source
//! address. So the server sends no reply where one could do harm, gives the reason (the RCODE)
//! where it can, and never sends more than the client can receive.

use dnsparse::{Class, DnsPacket, Edns, Header, Opcode, Rcode, RecordType};
use network::Via;

use crate::Handler;

/// The longest reply over UDP, in octets, even if the client can receive more: nearly every network
/// carries that many octets without fragmentation. Fragments get lost and can be forged, and a
/// small query that causes a large reply is a means of attack (amplification).
pub const MAX_UDP_SIZE: u16 = 1_232;
/// The length of a reply over UDP that every client can receive, in octets (RFC 1035 section
/// 2.3.4). A lower size in EDNS counts as this one (RFC 6891 section 6.2.5).
pub const MIN_UDP_SIZE: u16 = 512;

/// The result of inspecting a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inspection {
    /// The message gets no reply.
    Ignore,
    /// The reply is this RCODE, in a header with the id of the message. The rest of the message
    /// does not parse, or has the form of another opcode.
    Refuse(Header, Rcode),
    /// The message is a query.
    Query(DnsPacket),
}

/// Returns the reply to a message, in octets, or none if the message gets no reply.
pub async fn respond<H: Handler>(handler: &H, message: &[u8], via: Via) -> Option<Vec<u8>> {
    let (reply, limit) = match inspect(message) {
        Inspection::Ignore => return None,
        Inspection::Refuse(header, rcode) => (refusal(header, rcode), MIN_UDP_SIZE),
        Inspection::Query(query) => (reply(handler, &query).await, udp_limit(&query)),
    };
    write(&reply, via, limit)
}

/// Decides whether a message is a query, has to be refused, or gets no reply.
///
/// A message without a whole header gets no reply. With an opcode other than QUERY, the sections
/// after the header may have another form.
pub fn inspect(message: &[u8]) -> Inspection {
    let Ok(header) = Header::parse(message) else {
        return Inspection::Ignore;
    };
    // todo: Decide which messages you ignore, and which you refuse with NOTIMP (the opcode is not
    // QUERY) or FORMERR (the message does not parse). Parse the rest only where its form is known.
    if header.qr {
        // Two servers that reply to responses would go on without end.
        return Inspection::Ignore;
    }
    if header.opcode != Opcode::QUERY {
        return Inspection::Refuse(header, Rcode::NOTIMP);
    }
    match DnsPacket::parse(message) {
        Ok(query) => Inspection::Query(query),
        Err(_) => Inspection::Refuse(header, Rcode::FORMERR),
    }
    // end todo
}

/// Makes a reply of a header alone, for a message whose question cannot be parsed, or may have
/// another meaning.
fn refusal(header: Header, rcode: Rcode) -> DnsPacket {
    // todo: Set QR and the RCODE, and copy from the query's header what is the client's. Leave all
    // else clear.
    let Header { id, opcode, rd, .. } = header;
    let header = Header {
        id,
        qr: true,
        opcode,
        rd,
        rcode,
        ..Header::default()
    };
    DnsPacket {
        header,
        ..DnsPacket::default()
    }
    // end todo
}

/// Makes the reply to a query.
async fn reply<H: Handler>(handler: &H, query: &DnsPacket) -> DnsPacket {
    let mut reply = DnsPacket::reply_to(query);
    reply.edns = query.edns.as_ref().map(reply_edns);
    match rejection(query) {
        Some(rcode) => {
            set_rcode(&mut reply, rcode);
            handler.complete_rejection(query, &mut reply);
        }
        None => handler.handle(query, &mut reply).await,
    }
    reply
}

/// Makes the EDNS of a reply: the server's own UDP size, and DO as in the query. A query without
/// EDNS gets a reply without it (RFC 6891 section 6.1.1).
fn reply_edns(query_edns: &Edns) -> Edns {
    Edns {
        udp_size: MAX_UDP_SIZE,
        do_bit: query_edns.do_bit,
        ..Edns::default()
    }
}

/// Returns the RCODE for a query that is rejected, none for one that is handled.
///
/// AXFR and IXFR ask for a whole zone. They are for secondary servers, which need permission.
pub fn rejection(query: &DnsPacket) -> Option<Rcode> {
    // todo: Return the RCODE of a rule that the query breaks, otherwise None: REFUSED for a class
    // other than IN, and for AXFR and IXFR; FORMERR unless there is exactly one question (RFC
    // 9619); BADVERS for an EDNS version above 0. Decide which rule comes first, where several are
    // broken.
    if query.edns.as_ref().is_some_and(|edns| edns.version > 0) {
        return Some(Rcode::BADVERS);
    }
    let Some(question) = query.question() else {
        return Some(Rcode::FORMERR);
    };
    let is_transfer = matches!(question.qtype, RecordType::AXFR | RecordType::IXFR);
    (question.qclass != Class::IN || is_transfer).then_some(Rcode::REFUSED)
    // end todo
}

/// Sets the RCODE of a message: its low four bits in the header, its high eight in EDNS, if the
/// message has EDNS (RFC 6891 section 6.1.3).
pub fn set_rcode(packet: &mut DnsPacket, rcode: Rcode) {
    packet.header.rcode = Rcode(rcode.0 & 0xf);
    if let Some(edns) = &mut packet.edns {
        edns.extended_rcode = (rcode.0 >> 4) as u8;
    }
}

/// Returns the most octets that a reply to the query may have over UDP.
pub fn udp_limit(query: &DnsPacket) -> u16 {
    // todo: Return what the client can receive, as its query says with EDNS or without it, but at
    // least MIN_UDP_SIZE and at most MAX_UDP_SIZE.
    match &query.edns {
        None => MIN_UDP_SIZE,
        Some(edns) => edns.udp_size.clamp(MIN_UDP_SIZE, MAX_UDP_SIZE),
    }
    // end todo
}

/// Writes a reply: over UDP in at most `limit` octets, over TCP in full. A reply that cannot be
/// written becomes SERVFAIL.
fn write(reply: &DnsPacket, via: Via, limit: u16) -> Option<Vec<u8>> {
    // todo: Use `write_within` for UDP and `write` for TCP. If that fails, write a `refusal` with
    // SERVFAIL instead.
    let written = match via {
        Via::Udp => reply.write_within(usize::from(limit)),
        Via::Tcp => reply.write(),
    };
    written
        .or_else(|_| refusal(reply.header, Rcode::SERVFAIL).write())
        .ok()
    // end todo
}
