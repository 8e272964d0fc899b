//! The replies of the minimal server: the rules of the header, and its faults.

use std::sync::atomic::Ordering;

use dnsparse::{Class, DnsPacket, Edns, Header, Opcode, Rcode, Rdata, RecordType};
use network::Via;

use super::resolver::Resolver;
use super::server::ServerFault;

/// Returns the reply to a message; none if the message is ignored.
pub(crate) fn respond(resolver: &Resolver, message: &[u8], via: Via) -> Option<Vec<u8>> {
    let Ok(header) = Header::parse(message) else {
        return resolver
            .has(ServerFault::AnswersShortMessages)
            .then(|| message.to_vec());
    };
    if header.qr && !resolver.has(ServerFault::AnswersReplies) {
        return None;
    }
    let Ok(query) = DnsPacket::parse(message) else {
        let is_ignored = resolver.has(ServerFault::IgnoresMalformed);
        return (!is_ignored).then(|| failure(header, Rcode::FORMERR));
    };
    let is_ignored = query.edns.is_none() && resolver.has(ServerFault::IgnoresPlainQueries)
        || matches!(resolver.fault, Some(ServerFault::SilentOneIn(n)) if rand::random_range(0..n) == 0);
    if is_ignored {
        return None;
    }
    let mut reply = DnsPacket::reply_to(&query);
    reply.header.ra = !resolver.has(ServerFault::NoRa);
    reply.header.aa = resolver.has(ServerFault::ClaimsAuthority);
    reply.edns = query.edns.as_ref().map(|_| Edns {
        udp_size: 1_232,
        ..Edns::default()
    });
    fill(resolver, &query, &mut reply);
    apply_fault(resolver, &mut reply);
    let allowed = query
        .edns
        .as_ref()
        .map_or(512, |edns| edns.udp_size.clamp(512, 1_232));
    let limit = match via {
        Via::Udp if !resolver.has(ServerFault::NeverTruncates) => usize::from(allowed),
        Via::Tcp if resolver.has(ServerFault::TruncatesOverTcp) => 512,
        _ => 65_535,
    };
    let mut octets = reply.write_within(limit).ok()?;
    if resolver.has(ServerFault::CutsReplies) {
        octets.truncate(20);
    }
    Some(octets)
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
        _ if query.header.opcode != Opcode::QUERY && !resolver.has(ServerFault::AnyOpcode) => {
            return reply.header.rcode = Rcode::NOTIMP;
        }
        _ if version > 0 && !resolver.has(ServerFault::AnyEdnsVersion) => {
            return reply
                .edns
                .iter_mut()
                .for_each(|edns| edns.extended_rcode = 1);
        }
        [question] => question,
        [question, ..] if resolver.has(ServerFault::FirstQuestionOnly) => question,
        _ => return reply.header.rcode = Rcode::FORMERR,
    };
    let is_axfr = question.qtype == RecordType::AXFR;
    if is_axfr && resolver.has(ServerFault::AnswersAxfr) {
        let answer = resolver.resolve(&question.qname, RecordType::SOA, 0);
        return reply.answers = answer.records;
    }
    let other_class = question.qclass != Class::IN && !resolver.has(ServerFault::AnyClass);
    let no_rd = !query.header.rd && !resolver.has(ServerFault::ResolvesWithoutRd);
    if is_axfr || other_class || no_rd {
        return reply.header.rcode = Rcode::REFUSED;
    }
    if resolver.validator.is_some() && !question.qname.is_root() {
        return super::validator::fill(resolver, question, query, reply);
    }
    let answer = resolver.resolve(&question.qname, question.qtype, 0);
    reply.header.rcode = answer.rcode;
    reply.answers = answer.records;
    reply.authorities = answer
        .soa
        .into_iter()
        .filter(|_| !resolver.has(ServerFault::NoSoa))
        .collect();
}

/// Applies the faults that change a finished reply.
fn apply_fault(resolver: &Resolver, reply: &mut DnsPacket) {
    match resolver.fault {
        Some(ServerFault::WrongNthReply(n)) if count_nth(resolver, reply, n) => {
            reply.header.rcode = match reply.header.rcode {
                Rcode::NXDOMAIN => Rcode::NOERROR,
                _ => Rcode::NXDOMAIN,
            };
        }
        Some(ServerFault::NthWithoutAd(n)) if count_nth(resolver, reply, n) => {
            reply.header.ad = false;
        }
        Some(ServerFault::WrongId) => reply.header.id ^= 1,
        Some(ServerFault::NoQr) => reply.header.qr = false,
        Some(ServerFault::RdNotCopied) => reply.header.rd = false,
        Some(ServerFault::OtherOpcode) => reply.header.opcode = Opcode::STATUS,
        Some(ServerFault::SetsZ) => reply.header.z = true,
        Some(ServerFault::NoQuestion) => reply.questions.clear(),
        Some(ServerFault::LowersCase) => {
            reply
                .questions
                .iter_mut()
                .for_each(|question| question.qname = question.qname.to_lowercase());
        }
        Some(ServerFault::DropsUnknownTypes) => {
            reply
                .answers
                .retain(|record| !matches!(record.rdata, Rdata::Unknown { .. }));
        }
        Some(ServerFault::RaisesTtls) => reply
            .answers
            .iter_mut()
            .for_each(|record| record.ttl += 100_000),
        Some(ServerFault::RepeatsRecords) => reply.answers.extend(reply.answers.clone()),
        Some(ServerFault::AddsRecord) => {
            let stray = "stray.example. 60 A 198.18.6.6".parse();
            reply.answers.extend(stray);
        }
        Some(ServerFault::ReversesAnswers) => reply.answers.reverse(),
        Some(ServerFault::DropsOneIn(n)) if rand::random_range(0..n) == 0 => {
            reply.header.rcode = Rcode::SERVFAIL
        }
        Some(ServerFault::WrongOneIn(n)) if rand::random_range(0..n) == 0 => {
            reply
                .answers
                .iter_mut()
                .for_each(|record| record.rdata = Rdata::A([198, 18, 6, 6].into()));
        }
        _ => {}
    }
}

/// Returns whether this is the n-th reply for a name other than the root. With queries for the root
/// the judge waits for the server to start. Counts the reply.
fn count_nth(resolver: &Resolver, reply: &DnsPacket, n: usize) -> bool {
    let counts = reply
        .questions
        .iter()
        .any(|question| !question.qname.is_root());
    counts && resolver.answered.fetch_add(1, Ordering::Relaxed) == n
}
