//! The misbehaviour of servers below `test`, as far as a zone file cannot express it.
//! `zones/test.zone` is the map of all misconfigured zones. The zones of each file in `zones/test`
//! have their misbehaviour in a module of the same name.

mod absence;
mod dnssec;
mod edns;
mod far;
mod last_resort;
mod malformed;
mod messages;
mod truncation;
mod work;

use dnsparse::{DnsPacket, Name, Rcode, Record};
use network::Via;

use crate::builder::LabBuilder;
use crate::script::{Reaction, replies};

/// A chain of zones, each delegated by the one before; the first of them by `test`.
const DEEP: [&str; 8] = [
    "deep.test.",
    "a.deep.test.",
    "b.a.deep.test.",
    "c.b.a.deep.test.",
    "d.c.b.a.deep.test.",
    "e.d.c.b.a.deep.test.",
    "f.e.d.c.b.a.deep.test.",
    "g.f.e.d.c.b.a.deep.test.",
];

/// Adds the misbehaving servers.
pub(super) fn with_misbehaviour(builder: LabBuilder) -> LabBuilder {
    let (liar, truncates, formerr, ignores, slow) = (
        "198.18.5.1",
        "198.18.5.2",
        "198.18.5.3",
        "198.18.5.4",
        "198.18.5.5",
    );
    // Every reply also has a forged address of www.google.com.
    let builder = always(builder, liar, replies().edited(add_forged_record));
    // A server without EDNS replies FORMERR, without an OPT record (RFC 6891 section 7).
    let builder = always(builder, formerr, replies().edited(reject_edns));
    // A firewall drops queries with an OPT record.
    let builder = always(builder, ignores, replies().only_to(is_plain));
    let builder = builder
        // Every reply over UDP is truncated to nothing.
        .misbehaves(truncates, Via::Udp, replies().truncated())
        // Slow: faster than a resolver's timeout, and much slower than its other servers.
        .latency_ms(slow, 600);
    let kinds = [
        absence::with_faults,
        last_resort::with_faults,
        truncation::with_faults,
        malformed::with_faults,
        messages::with_faults,
        far::with_faults,
        work::with_faults,
        edns::with_faults,
        dnssec::with_faults,
    ];
    kinds.into_iter().fold(builder, |builder, add| add(builder))
}

/// Gives a server a permanent reaction over both UDP and TCP.
fn always(builder: LabBuilder, address: &str, reaction: Reaction) -> LabBuilder {
    builder
        .misbehaves(address, Via::Udp, reaction.clone())
        .misbehaves(address, Via::Tcp, reaction)
}

/// Whether a reply is to a question for a name, in any mix of upper and lower case.
fn is_about(reply: &DnsPacket, qname: &str) -> bool {
    let name: Option<Name> = qname.parse().ok();
    name.is_some() && reply.question().map(|question| &question.qname) == name.as_ref()
}

/// Makes the SOA record of a negative answer.
fn soa(apex: &str) -> Vec<Record> {
    let text = format!("{apex} 300 IN SOA ns.invalid. mail.invalid. 1 1800 900 604800 300");
    text.parse().into_iter().collect()
}

fn add_forged_record(reply: &mut DnsPacket) {
    let forged: Option<Record> = "www.google.com. 86400 IN A 198.18.66.66".parse().ok();
    reply.answers.extend(forged.clone());
    reply.additionals.extend(forged);
}

fn reject_edns(reply: &mut DnsPacket) {
    if reply.edns.take().is_some() {
        reply.header.rcode = Rcode::FORMERR;
        reply.answers.clear();
        reply.authorities.clear();
        reply.additionals.clear();
    }
}

fn is_plain(query: &DnsPacket) -> bool {
    query.edns.is_none()
}

/// Adds the zones of [`DEEP`]: each delegates the next, and the last has a `www`.
pub(super) fn with_deep_zones(builder: LabBuilder) -> LabBuilder {
    let zones = DEEP.iter().zip(1u8..);
    zones.fold(builder, |builder, (origin, level)| {
        let below = usize::from(level);
        let body = match DEEP.get(below) {
            Some(next) => format!("{next} NS ns.{next}\nns.{next} A 198.18.6.{}", level + 1),
            None => "www A 198.18.6.80".to_owned(),
        };
        let head = "$TTL 3600\n@ SOA ns hostmaster ( 1 2h 15m 2w 5m )\n@ NS ns\nns A 198.18.6";
        builder.zone_for_later(origin, format!("{head}.{level}\n{body}"))
    })
}
