//! How a server treats a message before and after anybody looks at its question (RFC 1035 section 4.1.1, RFC 6891).
//!
//! A server answers everybody, and over UDP everybody can claim to be somebody else. So it says nothing where a reply could do
//! harm, says why where it can, and never sends more than it was told to.

use dnsparse::{Class, DnsPacket, Edns, Header, Opcode, Rcode, RecordType};
use network::Via;

use crate::Handler;

/// The most that is sent by UDP, whatever the asker offers to take, in octets: what passes through nearly every network in one
/// piece. Fragments get lost and can be forged, and a small question that causes a large reply is a weapon.
pub const UDP_CAP: u16 = 1_232;
/// What everybody can take by UDP, in octets (RFC 1035 section 2.3.4). Who offers less means this (RFC 6891 section 6.2.5).
pub const UDP_LEAST: u16 = 512;

/// What to do with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inspection {
    /// Nothing: any reply would be one too many.
    Ignore,
    /// Say no, with the id of the message: it cannot be read any further.
    Refuse(Header, Rcode),
    /// Read it.
    Query(DnsPacket),
}

/// The reply to a message, in octets; none where it is not worth one.
pub async fn respond<H: Handler>(handler: &H, message: &[u8], via: Via) -> Option<Vec<u8>> {
    let (reply, limit) = match inspect(message) {
        Inspection::Ignore => return None,
        Inspection::Refuse(header, rcode) => (refusal(header, rcode), UDP_LEAST),
        Inspection::Query(query) => (reply(handler, &query).await, udp_limit(&query)),
    };
    write(&reply, via, limit)
}

/// Whether a message is a query at all.
///
/// What has no header is noise. A *response* must never be answered: two servers would answer each other's answers for ever.
/// Other opcodes may look different behind the header, so that they are refused before anything else is read.
pub fn inspect(message: &[u8]) -> Inspection {
    let Ok(header) = Header::parse(message) else {
        return Inspection::Ignore;
    };
    // todo: Ignore responses. Refuse opcodes other than QUERY with NOTIMP, and what does not parse with FORMERR.
    if header.qr {
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

/// A header and nothing else: the question could not be read, or not be trusted to be one.
fn refusal(header: Header, rcode: Rcode) -> DnsPacket {
    // todo: Set QR and the RCODE, and take over the id, the opcode and RD; every other flag is ours, and is not set.
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

/// The reply to a query that could be read.
async fn reply<H: Handler>(handler: &H, query: &DnsPacket) -> DnsPacket {
    let mut reply = DnsPacket::reply_to(query);
    reply.edns = query.edns.as_ref().map(our_edns);
    match rejection(query) {
        Some(rcode) => set_rcode(&mut reply, rcode),
        None => handler.handle(query, &mut reply).await,
    }
    reply
}

/// What we say by EDNS, and only to those who speak it (RFC 6891 section 6.1.1): our size, and their DO.
fn our_edns(theirs: &Edns) -> Edns {
    Edns {
        udp_size: UDP_CAP,
        do_bit: theirs.do_bit,
        ..Edns::default()
    }
}

/// Why a query is not handled, if it is not.
///
/// AXFR and IXFR ask for whole zones: that is for secondary servers, and takes a permission.
pub fn rejection(query: &DnsPacket) -> Option<Rcode> {
    // todo: BADVERS for an EDNS version above 0; FORMERR unless there is exactly one question (RFC 9619); REFUSED for a class
    // other than IN, and for AXFR and IXFR. Else None.
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

/// Puts an RCODE into a message: four bits into the header, eight into EDNS, where there is any (RFC 6891 section 6.1.3).
pub fn set_rcode(packet: &mut DnsPacket, rcode: Rcode) {
    packet.header.rcode = Rcode(rcode.0 & 0xf);
    if let Some(edns) = &mut packet.edns {
        edns.extended_rcode = (rcode.0 >> 4) as u8;
    }
}

/// How much may be sent to the asker by UDP, in octets.
pub fn udp_limit(query: &DnsPacket) -> u16 {
    // todo: UDP_LEAST without EDNS; else what it offers, but no less than UDP_LEAST and no more than UDP_CAP.
    match &query.edns {
        None => UDP_LEAST,
        Some(edns) => edns.udp_size.clamp(UDP_LEAST, UDP_CAP),
    }
    // end todo
}

/// The reply in octets: by UDP no more than `limit`, by TCP all of it. What cannot be written at all becomes SERVFAIL.
fn write(reply: &DnsPacket, via: Via, limit: u16) -> Option<Vec<u8>> {
    // todo: Use `write_within` for UDP and `write` for TCP; where that fails, write a `refusal` with SERVFAIL instead.
    let written = match via {
        Via::Udp => reply.write_within(usize::from(limit)),
        Via::Tcp => reply.write(),
    };
    written
        .or_else(|_| refusal(reply.header, Rcode::SERVFAIL).write())
        .ok()
    // end todo
}
