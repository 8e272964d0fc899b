//! What the little server says to a message: the rules of the header, and what its faults make of them.

use std::sync::atomic::Ordering;

use dnsparse::{Class, DnsPacket, Edns, Header, Opcode, Rcode, Rdata, RecordType};
use network::Via;

use super::resolver::Resolver;
use super::server::Fault;

/// The reply to a message; none if it is ignored.
pub(crate) fn respond(resolver: &Resolver, message: &[u8], via: Via) -> Option<Vec<u8>> {
    let Ok(header) = Header::parse(message) else {
        return resolver.is(Fault::AnswersRunts).then(|| message.to_vec());
    };
    if header.qr && !resolver.is(Fault::AnswersReplies) {
        return None;
    }
    let Ok(query) = DnsPacket::parse(message) else {
        let silent = resolver.is(Fault::SilentAtNonsense);
        return (!silent).then(|| failure(header, Rcode::FORMERR));
    };
    let mut reply = DnsPacket::reply_to(&query);
    reply.header.ra = !resolver.is(Fault::NoRa);
    reply.header.aa = resolver.is(Fault::ClaimsAuthority);
    reply.edns = query.edns.as_ref().map(|_| Edns {
        udp_size: 1_232,
        ..Edns::default()
    });
    fill(resolver, &query, &mut reply);
    spoil(resolver, &mut reply);
    let allowed = query
        .edns
        .as_ref()
        .map_or(512, |edns| edns.udp_size.clamp(512, 1_232));
    let limit = match via {
        Via::Udp if !resolver.is(Fault::NeverTruncates) => usize::from(allowed),
        Via::Tcp if resolver.is(Fault::TruncatesByTcp) => 512,
        _ => 65_535,
    };
    reply.write_within(limit).ok()
}

fn failure(header: Header, rcode: Rcode) -> Vec<u8> {
    let Header { id, opcode, rd, .. } = header;
    let header = Header {
        id,
        qr: true,
        opcode,
        rd,
        rcode,
        ..Header::default()
    };
    let reply = DnsPacket {
        header,
        ..DnsPacket::default()
    };
    reply.write().unwrap()
}

fn fill(resolver: &Resolver, query: &DnsPacket, reply: &mut DnsPacket) {
    let version = query.edns.as_ref().map_or(0, |edns| edns.version);
    let question = match query.questions.as_slice() {
        _ if query.header.opcode != Opcode::QUERY && !resolver.is(Fault::AnyOpcode) => {
            return reply.header.rcode = Rcode::NOTIMP;
        }
        _ if version > 0 && !resolver.is(Fault::AnyEdnsVersion) => {
            return reply
                .edns
                .iter_mut()
                .for_each(|edns| edns.extended_rcode = 1);
        }
        [question] => question,
        [question, ..] if resolver.is(Fault::FirstQuestionOnly) => question,
        _ => return reply.header.rcode = Rcode::FORMERR,
    };
    let is_axfr = question.qtype == RecordType::AXFR;
    if is_axfr && resolver.is(Fault::AnswersAxfr) {
        let found = resolver.resolve(&question.qname, RecordType::SOA, 0);
        return reply.answers = found.records;
    }
    let other_class = question.qclass != Class::IN && !resolver.is(Fault::AnyClass);
    let no_walk = !query.header.rd && !resolver.is(Fault::AlwaysWalks);
    if is_axfr || other_class || no_walk {
        return reply.header.rcode = Rcode::REFUSED;
    }
    let found = resolver.resolve(&question.qname, question.qtype, 0);
    reply.header.rcode = found.rcode;
    reply.answers = found.records;
    reply.authorities = found
        .soa
        .into_iter()
        .filter(|_| !resolver.is(Fault::NoSoa))
        .collect();
}

/// What goes wrong last.
fn spoil(resolver: &Resolver, reply: &mut DnsPacket) {
    match resolver.fault {
        Some(Fault::SpoilsReply(n)) if is_nth(resolver, reply, n) => {
            reply.header.rcode = match reply.header.rcode {
                Rcode::NXDOMAIN => Rcode::NOERROR,
                _ => Rcode::NXDOMAIN,
            };
        }
        Some(Fault::WrongId) => reply.header.id ^= 1,
        Some(Fault::NoQr) => reply.header.qr = false,
        Some(Fault::RdNotCopied) => reply.header.rd = false,
        Some(Fault::OtherOpcode) => reply.header.opcode = Opcode::STATUS,
        Some(Fault::SetsZ) => reply.header.z = true,
        Some(Fault::NoQuestion) => reply.questions.clear(),
        Some(Fault::SmallLetters) => {
            reply
                .questions
                .iter_mut()
                .for_each(|question| question.qname = question.qname.to_lowercase());
        }
        Some(Fault::DropsUnknownTypes) => {
            reply
                .answers
                .retain(|record| !matches!(record.rdata, Rdata::Unknown { .. }));
        }
        Some(Fault::RaisesTtls) => reply
            .answers
            .iter_mut()
            .for_each(|record| record.ttl += 100_000),
        Some(Fault::DropsOneIn(n)) if rand::random_range(0..n) == 0 => {
            reply.header.rcode = Rcode::SERVFAIL
        }
        Some(Fault::LiesOneIn(n)) if rand::random_range(0..n) == 0 => {
            reply
                .answers
                .iter_mut()
                .for_each(|record| record.rdata = Rdata::A([198, 18, 6, 6].into()));
        }
        _ => {}
    }
}

/// Whether this is the n-th question that is not about the root; about that one the judge asks to see whether the server runs.
fn is_nth(resolver: &Resolver, reply: &DnsPacket, n: usize) -> bool {
    let counts = reply
        .questions
        .iter()
        .any(|question| !question.qname.is_root());
    counts && resolver.answered.fetch_add(1, Ordering::Relaxed) == n
}
