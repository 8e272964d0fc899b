//! [`Authority`]: a server that answers from its zones, and from nothing else.

use dnsparse::{DnsPacket, Name, Rcode, RecordType};
use zone::ZoneTree;

use crate::Handler;

/// Some zones, and the knowledge which of them a name belongs to.
#[derive(Debug, Clone)]
pub struct Authority {
    zones: Vec<ZoneTree>,
}

impl Authority {
    /// A server for these zones.
    pub fn new(zones: impl IntoIterator<Item = ZoneTree>) -> Authority {
        Authority {
            zones: zones.into_iter().collect(),
        }
    }

    /// The zone that knows about a name: of those that it lies in, the one with the longest apex.
    ///
    /// DS records of a zone are its parent's (RFC 4035 section 3.1.4.1): a server of both answers from the parent.
    fn zone_for(&self, qname: &Name, qtype: RecordType) -> Option<&ZoneTree> {
        let is_childs = |tree: &&ZoneTree| !(qtype == RecordType::DS && tree.apex() == qname);
        let encloses = |tree: &&ZoneTree| qname.is_at_or_below(tree.apex());
        let candidates = self.zones.iter().filter(is_childs).filter(encloses);
        todo!("Of the candidates, take the one whose apex has the most labels.")
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
