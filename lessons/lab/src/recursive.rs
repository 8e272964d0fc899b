//! The lab's recursive resolver, for the lessons before the walk: a query with RD gets the final
//! answer.
//!
//! It cheats: it has all zones of the lab, and looks the name up in the right one instead of
//! walking from the root. The answer is the same.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use dnsparse::{DnsPacket, Question, Rcode};
use zone::{LookupResult, MAX_ALIASES};

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
    let mut qname = question.qname.clone();
    for _ in 0..=MAX_ALIASES {
        let zone = zones.deepest(&qname, question.qtype, |_| true);
        let tree = zone.map(ServedZone::tree);
        let result = tree.map_or(LookupResult::OutOfZone, |tree| {
            tree.lookup(&qname, question.qtype)
        });
        match result {
            LookupResult::Answer(records) => return reply.answers.extend(records),
            LookupResult::Alias { records, target } => {
                reply.answers.extend(records);
                qname = target;
                continue;
            }
            LookupResult::NoData => {}
            LookupResult::NxDomain => reply.header.rcode = Rcode::NXDOMAIN,
            LookupResult::NameTooLong(dname) => {
                reply.header.rcode = Rcode::YXDOMAIN;
                return reply.answers.push(dname);
            }
            // The delegated zone is not in the lab: its servers do not exist.
            LookupResult::Referral(_) | LookupResult::OutOfZone => {
                return reply.header.rcode = Rcode::SERVFAIL;
            }
        }
        return reply
            .authorities
            .extend(tree.map(|tree| tree.negative_soa()));
    }
    reply.answers.clear();
    reply.header.rcode = Rcode::SERVFAIL;
}
