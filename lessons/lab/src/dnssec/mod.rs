//! The records that a signed zone adds to a reply if the client sets DO (RFC 4035 section 3.1, RFC
//! 5155 section 7.2): signatures, and proofs of what does not exist.
//!
//! Lesson 4's lookup makes the plain reply first. Its sections show what has to be added: each RRset
//! gets its signatures; records made from a wildcard, an SOA record and a referral need a proof as
//! well. A server only copies records of its zone. It needs no key, and verifies nothing.

mod hashed;
mod nsec;
mod nsec3;

use dnsparse::{DnsPacket, Name, Question, Rcode, Rdata, Record, RecordType};
use zone::ZoneTree;

pub(crate) use self::hashed::HashedNames;
use crate::served_zone::ServedZone;

/// A fact about a name that the records of a reply do not show by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Claim {
    /// The name does not exist, nor does the wildcard that would match it.
    NxDomain(Name),
    /// The name has no records of the type in question; or the wildcard that matches it has none.
    NoData(Name),
    /// The name, for which the reply has records made from a wildcard, does not exist.
    Expanded(Name),
    /// The delegated zone has no DS record.
    NoDs(Name),
}

/// Adds signatures and proofs to a reply, if its client wants them and the zone is signed.
pub(crate) fn add_if_requested(zone: &ServedZone, question: &Question, reply: &mut DnsPacket) {
    let is_requested = reply.edns.as_ref().is_some_and(|edns| edns.do_bit);
    if !zone.is_signed() {
        return;
    }
    if !is_requested {
        if is_denied_by_itself(zone.tree(), &question.qname) {
            reply.header.rcode = Rcode::NXDOMAIN;
        }
        return;
    }
    add_ds(zone.tree(), reply);
    let claims = claims(zone.tree(), question, reply);
    for section in [
        &mut reply.answers,
        &mut reply.authorities,
        &mut reply.additionals,
    ] {
        *section = with_signatures(zone.tree(), section);
    }
    for claim in &claims {
        for proof in proofs(zone, claim) {
            if !reply.authorities.contains(&proof) {
                reply.authorities.push(proof);
            }
        }
    }
}

/// Whether a name has a record that says that it does not exist. For clients with DO the name exists, and
/// has that record; for the others it does not (RFC 9824).
fn is_denied_by_itself(tree: &ZoneTree, name: &Name) -> bool {
    let mut nsec = tree.rrset(name, RecordType::NSEC);
    nsec.any(|record| match &record.rdata {
        Rdata::Nsec(nsec) => nsec.types.contains(RecordType::NXNAME),
        _ => false,
    })
}

/// Returns the NSEC or NSEC3 records that prove a claim, with their signatures.
fn proofs(zone: &ServedZone, claim: &Claim) -> Vec<Record> {
    match zone.hashed().is_empty() {
        true => nsec::proofs(zone, claim),
        false => nsec3::proofs(zone, claim),
    }
}

/// Adds the DS records of a delegation to its referral (RFC 4035 section 3.1.4).
fn add_ds(tree: &ZoneTree, reply: &mut DnsPacket) {
    if let Some(cut) = cut(tree, reply).cloned() {
        let ds = tree.rrset(&cut, RecordType::DS).cloned();
        reply.authorities.extend(ds);
    }
}

/// Returns the zone cut that a referral is about.
fn cut<'r>(tree: &ZoneTree, reply: &'r DnsPacket) -> Option<&'r Name> {
    let first = reply.authorities.first()?;
    let is_cut = first.rtype() == RecordType::NS && tree.is_cut(&first.owner);
    is_cut.then_some(&first.owner)
}

/// Returns the claims of a reply that need a proof.
fn claims(tree: &ZoneTree, question: &Question, reply: &DnsPacket) -> Vec<Claim> {
    let is_expanded = |record: &&Record| {
        tree.node(&record.owner).is_none() && !is_synthesized(record, &reply.answers)
    };
    let expanded = reply.answers.iter().filter(is_expanded);
    let expanded = expanded.map(|record| Claim::Expanded(record.owner.clone()));
    expanded.chain(last_claim(tree, question, reply)).collect()
}

/// Returns the claim of the authority section.
fn last_claim(tree: &ZoneTree, question: &Question, reply: &DnsPacket) -> Option<Claim> {
    if let Some(cut) = cut(tree, reply) {
        let has_ds = tree.rrset(cut, RecordType::DS).next().is_some();
        return (!has_ds).then(|| Claim::NoDs(cut.clone()));
    }
    reply
        .authorities
        .iter()
        .find(|record| record.rtype() == RecordType::SOA)?;
    let name = last_target(question, &reply.answers).clone();
    Some(match reply.header.rcode {
        Rcode::NXDOMAIN => Claim::NxDomain(name),
        _ => Claim::NoData(name),
    })
}

/// Follows the aliases of an answer section from the QNAME to the last target.
fn last_target<'r>(question: &'r Question, answers: &'r [Record]) -> &'r Name {
    let mut name = &question.qname;
    for record in answers {
        match &record.rdata {
            Rdata::Cname(target) if record.owner == *name => name = target,
            _ => {}
        }
    }
    name
}

/// Whether a record is a CNAME that was made from a DNAME of the same section. It has no signature:
/// that of the DNAME record vouches for it (RFC 6672 section 5.3.1).
fn is_synthesized(record: &Record, answers: &[Record]) -> bool {
    let is_above = |dname: &Record| {
        dname.rtype() == RecordType::DNAME
            && record.owner != dname.owner
            && record.owner.is_at_or_below(&dname.owner)
    };
    record.rtype() == RecordType::CNAME && answers.iter().any(is_above)
}

/// Returns the records of a section, each RRset with its signatures after it.
fn with_signatures(tree: &ZoneTree, section: &[Record]) -> Vec<Record> {
    let mut signed = Vec::with_capacity(2 * section.len());
    for rrset in section.chunk_by(Record::is_same_rrset) {
        signed.extend_from_slice(rrset);
        if let Some(first) = rrset.first() {
            let signatures = signatures(tree, first);
            // The answer to a question for ANY or RRSIG may have them already.
            signed.extend(signatures.filter(|signature| !has_rdata(section, signature)));
        }
    }
    signed
}

fn has_rdata(section: &[Record], signature: &Record) -> bool {
    let is_same =
        |record: &Record| record.is_same_rrset(signature) && record.rdata == signature.rdata;
    section.iter().any(is_same)
}

/// Returns the signatures of the RRset of a record, with that record's TTL. Those of a wildcard are
/// valid for each name made from it.
fn signatures<'z>(tree: &'z ZoneTree, record: &Record) -> impl Iterator<Item = Record> + 'z {
    let (owner, rtype, ttl) = (record.owner.clone(), record.rtype(), record.ttl);
    let source = match tree.node(&owner) {
        Some(_) => Some(owner.clone()),
        None => wildcard(tree, &owner),
    };
    let signatures = source.map(|source| {
        let all = tree.node(&source).unwrap_or_default().iter();
        all.filter(move |record| covered(record) == Some(rtype))
    });
    signatures
        .into_iter()
        .flatten()
        .map(move |signature| Record {
            owner: owner.clone(),
            ttl,
            ..signature.clone()
        })
}

/// Returns the wildcard that would match a name that does not exist: the child `*` of its closest
/// encloser (RFC 4592 section 3.3).
fn wildcard(tree: &ZoneTree, name: &Name) -> Option<Name> {
    closest_encloser(tree, name)?.child(b"*").ok()
}

/// Returns the longest ancestor of a name that exists.
fn closest_encloser(tree: &ZoneTree, name: &Name) -> Option<Name> {
    name.ancestors()
        .find(|ancestor| tree.node(ancestor).is_some())
}

/// Returns the type that a signature covers; none if the record is no signature.
pub(crate) fn covered(record: &Record) -> Option<RecordType> {
    match &record.rdata {
        Rdata::Rrsig(rrsig) => Some(rrsig.type_covered),
        _ => None,
    }
}
