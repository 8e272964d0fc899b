//! [`Authority`]: a server that answers from its zones, and from nothing else.

use dnsparse::{DnsPacket, Name, Rcode, RecordType};
use zone::ZoneTree;

use crate::Handler;

/// The zones of an authoritative server.
#[derive(Debug, Clone)]
pub struct Authority {
    zones: Vec<ZoneTree>,
}

impl Authority {
    /// Creates a server for the given zones.
    pub fn new(zones: impl IntoIterator<Item = ZoneTree>) -> Authority {
        Authority {
            zones: zones.into_iter().collect(),
        }
    }

    /// Returns the zone to answer from: of those that the QNAME is in, the one with the longest
    /// apex.
    ///
    /// The DS records of a zone are in its parent (RFC 4035 section 3.1.4.1): a server of both
    /// zones answers a query for them from the parent.
    fn zone_for(&self, qname: &Name, qtype: RecordType) -> Option<&ZoneTree> {
        let is_for_parent = |tree: &ZoneTree| qtype == RecordType::DS && tree.apex() == qname;
        let encloses = |tree: &ZoneTree| qname.is_at_or_below(tree.apex());
        let candidates = (self.zones.iter()).filter(|tree| encloses(tree) && !is_for_parent(tree));
        // todo: Return the candidate to answer from.
        candidates.max_by_key(|tree| tree.apex().label_count())
        // end todo
    }
}

impl Handler for Authority {
    async fn handle(&self, query: &DnsPacket, reply: &mut DnsPacket) {
        let Some(question) = query.question() else {
            return;
        };
        match self.zone_for(&question.qname, question.qtype) {
            Some(tree) => tree.answer(question, reply),
            None => reply.header.rcode = Rcode::REFUSED,
        }
    }
}
