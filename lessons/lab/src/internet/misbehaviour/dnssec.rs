//! The servers of `dnssec.test` that give the wrong proof. Without DO, they reply as the others.

use std::sync::OnceLock;

use dnsparse::{DnsPacket, Name, Rcode, Record, RecordType};

use super::{always, is_about};
use crate::builder::LabBuilder;
use crate::dnssec::covered;
use crate::script::replies;
use crate::signed;

/// Adds the misbehaving servers.
pub(super) fn with_faults(builder: LabBuilder) -> LabBuilder {
    let (wildcard_no_proof, parent_nsec, no_ds_proof) =
        ("198.18.33.3", "198.18.33.4", "198.18.33.5");
    let builder = always(builder, wildcard_no_proof, replies().edited(without_proof));
    let builder = always(
        builder,
        parent_nsec,
        replies().edited(deny_with_parent_nsec),
    );
    let builder = always(builder, no_ds_proof, replies().edited(without_any_proof));
    let (rrsig_last, ent_nxdomain, expanded_nsec, no_denial) =
        ("198.18.33.6", "198.18.33.7", "198.18.33.8", "198.18.33.9");
    let builder = always(builder, rrsig_last, replies().edited(signatures_last));
    let builder = always(builder, ent_nxdomain, replies().edited(deny_empty_name));
    let expanded = replies().edited(deny_with_expanded_nsec);
    let builder = always(builder, expanded_nsec, expanded);
    always(builder, no_denial, replies().edited(without_denial))
}

/// Moves the signatures of an answer behind the additional section.
fn signatures_last(reply: &mut DnsPacket) {
    let is_signature = |record: &mut Record| covered(record).is_some();
    let signatures = reply.answers.extract_if(.., is_signature);
    reply.additionals.extend(signatures);
}

/// Denies that an empty non-terminal exists.
fn deny_empty_name(reply: &mut DnsPacket) {
    if is_about(reply, "deep.ent-nxdomain.dnssec.test.") {
        reply.header.rcode = Rcode::NXDOMAIN;
    }
}

/// Replaces the proof of a negative answer by the NSEC record of the wildcard beside the name, as if that
/// had been expanded to the name.
fn deny_with_expanded_nsec(reply: &mut DnsPacket) {
    static PROOF: OnceLock<Vec<Record>> = OnceLock::new();
    let known = "known.wild.expanded-nsec.dnssec.test.";
    if !is_about(reply, known) || !reply.authorities.iter().any(is_of_nsec) {
        return;
    }
    let proof = PROOF.get_or_init(|| {
        let wildcard = "*.wild.expanded-nsec.dnssec.test.".parse();
        let apex = "expanded-nsec.dnssec.test.";
        let proof = signed::added(apex, &wildcard.unwrap_or_default(), RecordType::NSEC);
        let owner: Name = known.parse().unwrap_or_default();
        let expanded = |record| Record {
            owner: owner.clone(),
            ..record
        };
        proof.into_iter().map(expanded).collect()
    });
    reply.authorities.retain(|record| !is_of_nsec(record));
    reply.authorities.extend_from_slice(proof);
}

/// Empties negative answers.
fn without_denial(reply: &mut DnsPacket) {
    if reply.answers.is_empty() {
        reply.header.rcode = Rcode::NOERROR;
        reply.authorities.clear();
    }
}

/// Removes all NSEC records.
fn without_any_proof(reply: &mut DnsPacket) {
    reply.authorities.retain(|record| !is_of_nsec(record));
}

/// Removes the NSEC records beside an answer.
fn without_proof(reply: &mut DnsPacket) {
    if !reply.answers.is_empty() {
        reply.authorities.retain(|record| !is_of_nsec(record));
    }
}

/// Replaces the proof of a negative answer by the NSEC record of the delegation.
fn deny_with_parent_nsec(reply: &mut DnsPacket) {
    static PROOF: OnceLock<Vec<Record>> = OnceLock::new();
    if !reply.authorities.iter().any(is_of_nsec) {
        return;
    }
    let proof = PROOF.get_or_init(|| {
        let cut = "parent-nsec.dnssec.test.".parse().unwrap_or_default();
        signed::added("dnssec.test.", &cut, RecordType::NSEC)
    });
    reply.authorities.retain(|record| !is_of_nsec(record));
    reply.authorities.extend_from_slice(proof);
}

fn is_of_nsec(record: &Record) -> bool {
    covered(record).unwrap_or_else(|| record.rtype()) == RecordType::NSEC
}
