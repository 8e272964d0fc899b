//! The lab's recursive resolver, for the lessons before the walk: a query with RD gets the final
//! answer.
//!
//! It cheats: it has all zones of the lab, and looks the name up in the right one instead of
//! walking from the root. The answer is the same. It validates nothing: in a signed lab, it copies the
//! signatures for clients that do.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use dnsparse::{DnsPacket, Name, Question, Rcode};
use zone::{LookupResult, MAX_ALIASES};

use crate::dnssec;
use crate::served_zone::ServedZone;
use crate::zones::Zones;

/// The lab's recursive resolver.
pub const RESOLVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 53)), 53);

/// Fills the reply to a question: with answers across zones, RA set, AA clear.
pub(crate) fn resolve(zones: &Zones, question: &Question, reply: &mut DnsPacket) {
    reply.header.ra = true;
    if !reply.header.rd {
        // Without RD, a resolver would answer from its cache. This one has none.
        reply.header.rcode = Rcode::REFUSED;
        return;
    }
    let mut question = question.clone();
    for _ in 0..=MAX_ALIASES {
        let zone = zones.deepest(&question.qname, question.qtype, |_| true);
        let Some(zone) = zone else { break };
        // What one zone has to say, with its signatures if the client wants them.
        let mut part = DnsPacket {
            edns: reply.edns.clone(),
            ..DnsPacket::default()
        };
        let ending = look_up(zone, &question, &mut part);
        dnssec::add_if_requested(zone, &question, &mut part);
        reply.header.rcode = part.header.rcode;
        reply.answers.append(&mut part.answers);
        reply.authorities.append(&mut part.authorities);
        match ending {
            Ending::Final => return,
            Ending::Alias(target) => question.qname = target,
            Ending::NoServer => break,
        }
    }
    reply.answers.clear();
    reply.authorities.clear();
    reply.header.rcode = Rcode::SERVFAIL;
}

/// The end of the lookup in one zone.
enum Ending {
    /// It is the end of the resolution.
    Final,
    /// The name is an alias of this one.
    Alias(Name),
    /// The delegated zone is not in the lab: its servers do not exist.
    NoServer,
}

/// Looks a name up in its zone, and fills the sections and the RCODE.
fn look_up(zone: &ServedZone, question: &Question, part: &mut DnsPacket) -> Ending {
    let tree = zone.tree();
    match tree.lookup(&question.qname, question.qtype) {
        LookupResult::Answer(records) => part.answers = records,
        LookupResult::Alias { records, target } => {
            part.answers = records;
            return Ending::Alias(target);
        }
        LookupResult::NoData => part.authorities = vec![tree.negative_soa()],
        LookupResult::NxDomain => {
            part.header.rcode = Rcode::NXDOMAIN;
            part.authorities = vec![tree.negative_soa()];
        }
        LookupResult::NameTooLong(dname) => {
            part.header.rcode = Rcode::YXDOMAIN;
            part.answers = vec![dname];
        }
        LookupResult::Referral(_) | LookupResult::OutOfZone => return Ending::NoServer,
    }
    Ending::Final
}
