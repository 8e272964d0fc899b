//! The servers of `dnssec.test` that give the wrong proof. Without DO, they reply as the others.

use std::sync::OnceLock;

use dnsparse::{DnsPacket, Record, RecordType};

use super::always;
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
    always(builder, no_ds_proof, replies().edited(without_any_proof))
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
