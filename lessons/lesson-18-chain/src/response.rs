//! [`Response`] and [`SignedRrset`]: the input of a validation.

use dnsparse::{Class, DnsPacket, Name, Rcode, Rdata, Record, RecordType, Rrsig};

/// The parts of a response that a validation needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// The RCODE: NOERROR, NXDOMAIN, or YXDOMAIN after a DNAME record.
    pub rcode: Rcode,
    /// The records of the answer section.
    pub answer: Vec<Record>,
    /// The records of the authority section.
    pub authority: Vec<Record>,
}

impl From<&DnsPacket> for Response {
    /// Takes the answer and the authority section. The additional section proves nothing, but some
    /// servers put signatures of the answer there: the first [`MAX_SIGNATURES`] are taken along.
    fn from(packet: &DnsPacket) -> Response {
        let is_signature = |record: &&Record| record.rtype() == RecordType::RRSIG;
        let signatures = packet.additionals.iter().filter(is_signature);
        let answer = packet.answers.iter().chain(signatures.take(MAX_SIGNATURES));
        Response {
            rcode: packet.rcode(),
            answer: answer.cloned().collect(),
            authority: packet.authorities.clone(),
        }
    }
}

/// The largest number of signatures over one RRset that are looked at. An honest RRset has one for each
/// algorithm and key, so that even those that cost no verification have a bound.
pub const MAX_SIGNATURES: usize = 32;

/// An RRset, and the signatures that came with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRrset {
    /// Its owner.
    pub owner: Name,
    /// Its type.
    pub rtype: RecordType,
    /// Its records.
    pub records: Vec<Record>,
    /// The signatures over its type at its owner, the first [`MAX_SIGNATURES`] of them.
    pub signatures: Vec<Rrsig>,
}

impl SignedRrset {
    /// Selects an RRset of class IN, and its signatures, from a section. Returns `None` if it has no
    /// record.
    pub fn find(section: &[Record], owner: &Name, rtype: RecordType) -> Option<SignedRrset> {
        let at_owner = |record: &&Record| record.class == Class::IN && record.owner == *owner;
        let at_owner = section.iter().filter(at_owner);
        let records = at_owner.clone().filter(|record| record.rtype() == rtype);
        let records: Vec<Record> = records.cloned().collect();
        let signatures = at_owner.filter_map(|record| match &record.rdata {
            Rdata::Rrsig(rrsig) if rrsig.type_covered == rtype => Some((**rrsig).clone()),
            _ => None,
        });
        (!records.is_empty()).then(|| SignedRrset {
            owner: owner.clone(),
            rtype,
            records,
            signatures: signatures.take(MAX_SIGNATURES).collect(),
        })
    }

    /// Returns the zone that signed the RRset, as its signatures say: the longest name among their
    /// signers that may be the owner's zone. Nothing is proved by that.
    pub fn signer(&self) -> Option<&Name> {
        let signers = self.signatures.iter().map(|rrsig| &rrsig.signer);
        let may_be_zone = |signer: &&Name| may_sign(signer, &self.owner, self.rtype);
        signers
            .filter(may_be_zone)
            .max_by_key(|signer| signer.label_count())
    }
}

/// Whether a zone may have records of a type at a name: the zone is at or above the name, and above
/// it if the type is DS, which belongs to the parent. (The root has no parent.)
pub(crate) fn may_sign(zone: &Name, owner: &Name, rtype: RecordType) -> bool {
    let is_parent_needed = rtype == RecordType::DS && !owner.is_root();
    owner.is_at_or_below(zone) && !(is_parent_needed && owner == zone)
}

/// Returns the closest DNAME RRset above a name: nothing of its own can be at that name.
pub(crate) fn dname_above(section: &[Record], name: &Name) -> Option<SignedRrset> {
    let is_above = |record: &&Record| {
        let owner = &record.owner;
        record.rtype() == RecordType::DNAME && owner != name && name.is_at_or_below(owner)
    };
    let above = section.iter().filter(is_above);
    let closest = above.max_by_key(|record| record.owner.label_count())?;
    SignedRrset::find(section, &closest.owner, RecordType::DNAME)
}
