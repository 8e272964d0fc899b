//! [`ServedZone`]: a zone as a server has it, for plain answers and for those with signatures.
//!
//! NSEC3 records are kept apart from the others. Their owners are hashes, and a query for such a name
//! gets the same answer as for any other name that does not exist (RFC 5155 section 7.2.8).

use dnsparse::{DnsPacket, Name, Question, Rdata, Record, RecordType, Zone};
use network::Via;
use zone::{LoadError, ZoneTree};

use crate::dnssec::{self, HashedNames};
use crate::respond::respond;

/// A zone, unsigned or signed. It is the lab's, and that of any program that serves a zone in the same
/// process.
#[derive(Debug)]
pub struct ServedZone {
    tree: ZoneTree,
    /// The owners of NSEC records, in canonical order.
    nsec_owners: Vec<Name>,
    hashed: HashedNames,
}

impl ServedZone {
    /// Builds a zone from the records of its file.
    pub(crate) fn new(zone: &Zone) -> Result<ServedZone, LoadError> {
        let (hashed, others) = zone.records.iter().cloned().partition(is_of_nsec3);
        let tree = ZoneTree::new(&Zone {
            origin: zone.origin.clone(),
            records: others,
        })?;
        let nsec_owners = tree
            .records()
            .filter(|record| record.rtype() == RecordType::NSEC)
            .map(|record| record.owner.clone())
            .collect();
        Ok(ServedZone {
            tree,
            nsec_owners,
            hashed: HashedNames::new(hashed),
        })
    }

    /// Builds a zone from the records of its file.
    ///
    /// # Errors
    /// A sentence, if the records do not make a zone.
    pub fn load(zone: &Zone) -> Result<ServedZone, String> {
        ServedZone::new(zone).map_err(|error| error.to_string())
    }

    /// Returns the reply to a message, as a server with this zone alone gives it; none if it gets no
    /// reply.
    pub fn reply(&self, message: &[u8], via: Via) -> Option<Vec<u8>> {
        respond(message, via, |question, reply| self.answer(question, reply))
    }

    /// Returns the zone without its NSEC3 records.
    pub(crate) fn tree(&self) -> &ZoneTree {
        &self.tree
    }

    /// Returns the zone's NSEC3 records.
    pub(crate) fn hashed(&self) -> &HashedNames {
        &self.hashed
    }

    /// Whether the zone has keys or signatures of its own.
    pub(crate) fn is_signed(&self) -> bool {
        let apex = self.tree.node(self.tree.apex()).unwrap_or_default();
        let mut types = apex.iter().map(Record::rtype);
        types.any(|rtype| matches!(rtype, RecordType::DNSKEY | RecordType::RRSIG))
    }

    /// Returns the last owner of an NSEC record that is a name or comes before it.
    pub(crate) fn nsec_owner(&self, name: &Name) -> Option<&Name> {
        let after = self.nsec_owners.partition_point(|owner| owner <= name);
        self.nsec_owners.get(after.checked_sub(1)?)
    }

    /// Fills the reply to a question; with the signatures and proofs of the zone if the client has
    /// set DO.
    pub(crate) fn answer(&self, question: &Question, reply: &mut DnsPacket) {
        self.tree.answer(question, reply);
        dnssec::add_if_requested(self, question, reply);
    }

    /// Returns all records. A signature has the TTL of the records that it covers (RFC 4034 section
    /// 3).
    pub(crate) fn records(&self) -> Vec<Record> {
        let with_ttl = |record: &Record| {
            let covered = dnssec::covered(record);
            let covered = covered.and_then(|rtype| self.tree.rrset(&record.owner, rtype).next());
            Record {
                ttl: covered.unwrap_or(record).ttl,
                ..record.clone()
            }
        };
        let hashed = self.hashed.records().cloned();
        self.tree.records().map(with_ttl).chain(hashed).collect()
    }
}

/// Whether a record is of an NSEC3 chain: such a record, or its signature.
fn is_of_nsec3(record: &Record) -> bool {
    matches!(record.rdata, Rdata::Nsec3(_)) || dnssec::covered(record) == Some(RecordType::NSEC3)
}
