//! [`QueriedZones`]: the zone that each query to a server is about (`query_zone` in dnstap.proto).
//!
//! No message has it: the resolver knows for which zone it has chosen a server. It chooses before it
//! sends the query, so the choice is noted here, and looked up when the query is logged.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dnsparse::{Name, Question, RecordType, offsets};

/// The maximum number of choices that are kept. A query is sent at once after the choice, so all of
/// them may be forgotten when there are more; a zone that is forgotten too early is missing in the
/// log alone.
const MAX_CHOICES: usize = 16_384;

/// The server, the name in wire format and in lower case, and the type.
type Key = (IpAddr, Box<[u8]>, RecordType);

/// The zones for which servers were chosen a moment ago.
#[derive(Debug, Default)]
pub(super) struct QueriedZones {
    choices: Mutex<HashMap<Key, Name>>,
}

impl QueriedZones {
    /// Notes that a server gets a question as one of the servers of a zone.
    pub(super) fn note(&self, server: IpAddr, question: &Question, zone: &Name) {
        let key = (
            server,
            question.qname.wire().to_ascii_lowercase().into(),
            question.qtype,
        );
        let mut choices = self.choices();
        if choices.len() >= MAX_CHOICES {
            choices.clear();
        }
        choices.insert(key, zone.clone());
    }

    /// Returns the zone that a query to a server is about, in wire format; none if no server was chosen
    /// for it, as for the query that primes the root hints.
    pub(super) fn zone_of(&self, server: IpAddr, query: &[u8]) -> Option<Vec<u8>> {
        let question = offsets::question(query).ok()?;
        let qname = query.get(question.start..question.qname_end)?;
        let key = (server, qname.to_ascii_lowercase().into(), question.qtype);
        self.choices().get(&key).map(|zone| zone.wire().to_vec())
    }

    fn choices(&self) -> MutexGuard<'_, HashMap<Key, Name>> {
        self.choices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use dnsparse::{Class, DnsPacket};

    use super::*;

    #[test]
    fn the_zone_of_a_query_is_that_of_the_last_choice() {
        let zones = QueriedZones::default();
        let question = |qname: &str, qtype| Question {
            qname: qname.parse().unwrap(),
            qtype,
            qclass: Class::IN,
        };
        let [one, other] = [1, 2].map(|last| IpAddr::from([192, 0, 2, last]));
        let a = question("www.example.com", RecordType::A);
        for zone in ["com", "example.com"] {
            zones.note(one, &a, &zone.parse().unwrap());
        }
        let query = |qname: &str, qtype| {
            let packet = DnsPacket::query(7, qname.parse().unwrap(), qtype);
            packet.write().unwrap()
        };
        let spelt = query("wWw.eXample.COM", RecordType::A);
        let wire = b"\x07example\x03com\0".to_vec();
        assert_eq!(zones.zone_of(one, &spelt), Some(wire));
        assert_eq!(zones.zone_of(other, &spelt), None, "another server");
        let ns = query("www.example.com", RecordType::NS);
        assert_eq!(zones.zone_of(one, &ns), None, "another type");
        assert_eq!(zones.zone_of(one, &spelt[..15]), None, "no query");
        for number in 0..=MAX_CHOICES {
            let name = format!("n{number}.test");
            zones.note(one, &question(&name, RecordType::A), &Name::ROOT);
        }
        assert!(zones.choices().len() <= MAX_CHOICES);
    }
}
