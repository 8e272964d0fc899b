//! The comparison of answers: equal RCODE and answer section, in any order within an RRset, and no
//! TTL above the zone's.

use dnsparse::{DnsPacket, Rcode, Record, RecordType};

/// Compares a reply with the correct one.
///
/// # Errors
/// The first difference, in words.
pub fn compare_answers(expected: &DnsPacket, got: &DnsPacket) -> Result<(), String> {
    if got.rcode() != expected.rcode() {
        return Err(format!(
            "{}; the correct RCODE is {}",
            describe(got),
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
        return Err(format!("{}\nmissing: {missing}", describe(got)));
    }
    if let Some(stray) = got
        .answers
        .iter()
        .find(|record| !is_in(&expected.answers, record))
    {
        return Err(format!(
            "a record that does not belong into the answer: {stray}"
        ));
    }
    let mut others = got.answers.iter().enumerate();
    let is_second = |(index, record): &(usize, &Record)| {
        is_in(got.answers.get(..*index).unwrap_or_default(), record)
    };
    if let Some((_, twice)) = others.find(is_second) {
        return Err(format!("the answer section holds a record twice: {twice}"));
    }
    check_ttls(&expected.answers, &got.answers)?;
    check_alias_order(&got.answers)
}

/// A cache may lower a TTL, never raise it.
fn check_ttls(expected: &[Record], got: &[Record]) -> Result<(), String> {
    let has_grown = |record: &&Record| {
        let same = |other: &&Record| other.is_same_rrset(record) && other.rdata == record.rdata;
        expected
            .iter()
            .find(same)
            .is_some_and(|original| record.ttl > original.ttl)
    };
    match got.iter().find(has_grown) {
        Some(record) => Err(format!("a TTL above the zone's: {record}")),
        None => Ok(()),
    }
}

/// An alias precedes the records of its target (RFC 1034 section 4.3.1: the answer begins with the
/// qname).
fn check_alias_order(answers: &[Record]) -> Result<(), String> {
    let first_other = answers
        .iter()
        .position(|record| !matches!(record.rtype(), RecordType::CNAME | RecordType::DNAME));
    let last_alias = answers
        .iter()
        .rposition(|record| record.rtype() == RecordType::CNAME);
    match (first_other, last_alias) {
        (Some(other), Some(alias)) if alias > other => {
            Err("an alias follows the records of its target".to_owned())
        }
        _ => Ok(()),
    }
}

/// Describes an answer: its RCODE and its records.
pub fn describe(packet: &DnsPacket) -> String {
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
