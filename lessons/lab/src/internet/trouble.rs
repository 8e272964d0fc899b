//! What goes wrong below `test`, as far as a zone file cannot say it: `zones/test.zone` is the map of it.

use dnsparse::{DnsPacket, Rcode, Record};
use network::Via;

use crate::builder::LabBuilder;
use crate::script::says;

/// A chain of zones, each delegated by the one before; the first of them by test.
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

/// What the servers with bad manners do.
pub(super) fn with_bad_manners(world: LabBuilder) -> LabBuilder {
    let (liar, truncates, formerr, ignores, slow) = (
        "198.18.5.1",
        "198.18.5.2",
        "198.18.5.3",
        "198.18.5.4",
        "198.18.5.5",
    );
    world
        // Whatever is asked: "and by the way, www.google.com is at my place".
        .behaves(liar, Via::Udp, says().edited(lie))
        .behaves(liar, Via::Tcp, says().edited(lie))
        // Nothing fits.
        .behaves(truncates, Via::Udp, says().truncated())
        // RFC 6891 section 7: a server that knows no EDNS says FORMERR, without an OPT record of its own.
        .behaves(formerr, Via::Udp, says().edited(mistake_edns))
        .behaves(formerr, Via::Tcp, says().edited(mistake_edns))
        // Far away, and overloaded: less than a resolver is ready to wait, and much more than it likes to.
        .latency_ms(slow, 600)
        // A firewall that has never seen an OPT record and drops what it does not know.
        .behaves(ignores, Via::Udp, says().only_to(is_plain))
        .behaves(ignores, Via::Tcp, says().only_to(is_plain))
}

fn lie(reply: &mut DnsPacket) {
    let lie: Option<Record> = "www.google.com. 86400 IN A 198.18.66.66".parse().ok();
    reply.answers.extend(lie.clone());
    reply.additionals.extend(lie);
}

fn mistake_edns(reply: &mut DnsPacket) {
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

/// The zones of [`DEEP`]: each knows its own server and the next one's, and the last one a www.
pub(super) fn with_deep_zones(world: LabBuilder) -> LabBuilder {
    let zones = DEEP.iter().zip(1u8..);
    zones.fold(world, |world, (origin, level)| {
        let below = usize::from(level);
        let body = match DEEP.get(below) {
            Some(next) => format!("{next} NS ns.{next}\nns.{next} A 198.18.6.{}", level + 1),
            None => "www A 198.18.6.80".to_owned(),
        };
        let head = "$TTL 3600\n@ SOA ns hostmaster ( 1 2h 15m 2w 5m )\n@ NS ns\nns A 198.18.6";
        world.zone_for_later(origin, format!("{head}.{level}\n{body}"))
    })
}
