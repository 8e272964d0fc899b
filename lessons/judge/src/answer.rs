//! When two answers are the same: RCODE and answer section, whatever the order within an RRset, and no TTL higher than it was told.

use dnsparse::{DnsPacket, Rcode, Record, RecordType};

/// Whether a reply answers as it should; if not, how it differs, in a sentence.
///
/// # Errors
/// The difference.
pub fn same_answer(expected: &DnsPacket, got: &DnsPacket) -> Result<(), String> {
    if got.rcode() != expected.rcode() {
        return Err(format!(
            "{}, where {} is right",
            in_words(got),
            expected.rcode()
        ));
    }
    if got.header.tc {
        return Err("the reply is truncated (TC)".to_owned());
    }
    let is_in = |records: &[Record], record: &Record| {
        let same = |other: &Record| other.is_same_rrset(record) && other.rdata == record.rdata;
        records.iter().any(same)
    };
    if let Some(missing) = expected
        .answers
        .iter()
        .find(|record| !is_in(&got.answers, record))
    {
        return Err(format!(
            "{}: this record is missing: {missing}",
            in_words(got)
        ));
    }
    if let Some(stray) = got
        .answers
        .iter()
        .find(|record| !is_in(&expected.answers, record))
    {
        return Err(format!("a record that does not belong there: {stray}"));
    }
    if got.answers.len() != expected.answers.len() {
        return Err("a record comes twice".to_owned());
    }
    no_ttl_grew(&expected.answers, &got.answers)?;
    order_of_aliases(&got.answers)
}

/// Who tells on what he was told may make its life shorter, and not longer.
fn no_ttl_grew(told: &[Record], got: &[Record]) -> Result<(), String> {
    let has_grown = |record: &&Record| {
        let same = |other: &&Record| other.is_same_rrset(record) && other.rdata == record.rdata;
        told.iter()
            .find(same)
            .is_some_and(|told| record.ttl > told.ttl)
    };
    match got.iter().find(has_grown) {
        Some(record) => Err(format!(
            "a TTL that is higher than the zone has it: {record}"
        )),
        None => Ok(()),
    }
}

/// An alias comes before what it leads to (RFC 1034 section 4.3.1: the answer begins with the name that was asked for).
fn order_of_aliases(answers: &[Record]) -> Result<(), String> {
    let first_other = answers
        .iter()
        .position(|record| !matches!(record.rtype(), RecordType::CNAME | RecordType::DNAME));
    let last_alias = answers
        .iter()
        .rposition(|record| record.rtype() == RecordType::CNAME);
    match (first_other, last_alias) {
        (Some(other), Some(alias)) if alias > other => {
            Err("an alias comes after the records that it leads to".to_owned())
        }
        _ => Ok(()),
    }
}

/// An answer, for people.
pub fn in_words(packet: &DnsPacket) -> String {
    let rcode = packet.rcode();
    match packet.answers.as_slice() {
        [] if rcode == Rcode::NOERROR => "NOERROR and no records (NODATA)".to_owned(),
        [] => format!("{rcode} and no records"),
        records => {
            let lines: Vec<String> = records
                .iter()
                .map(|record| format!("\n  {record}"))
                .collect();
            format!("{rcode} and{}", lines.concat())
        }
    }
}
