//! A question to the server that has the answer, without a walk.

use dnsparse::{DnsPacket, Edns, Question, RecordType};
use network::Via;

use crate::Lab;

impl Lab {
    /// Sends a question with DO to a server of the deepest zone that has the answer: for DS records, of
    /// the zone above the name. Over TCP, since the keys of a zone do not fit into any datagram. Like
    /// [`Lab::answer`], it leaves no line in the trace.
    pub fn authoritative_reply(&self, question: &Question) -> Option<DnsPacket> {
        let hosts = self.hosts();
        let is_of_parent = question.qtype == RecordType::DS && !question.qname.is_root();
        let mut zones = question.qname.ancestors().skip(is_of_parent.into());
        let server = zones.find_map(|zone| hosts.iter().find(|host| host.zones.contains(&zone)))?;
        let mut query = DnsPacket::query(1, question.qname.clone(), question.qtype);
        query.edns = Some(Edns {
            do_bit: true,
            ..Edns::default()
        });
        let reply = self.answer(server.address, Via::Tcp, &query.write().ok()?)?;
        DnsPacket::parse(&reply).ok()
    }
}
