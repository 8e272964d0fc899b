//! Proves with a signed zone that a name, or a type at a name, does not exist.

use std::process::ExitCode;

use clap::Parser;
use crypto::Ring;
use deny::{Denial, Gap, denial};
use dnsparse::{Dnskey, Name, Rdata, Record, RecordType, Rrsig, Zone};
use sign::{Verified, ZoneKeys, verify};

#[path = "../../print.rs"]
mod print;

/// Asks a signed zone example.com for the proof that a name or a type does not exist.
#[derive(Parser)]
struct Arguments {
    /// A name at or below example.com
    name: Name,
    /// A type
    #[arg(default_value = "A")]
    rtype: RecordType,
}

/// A zone that was signed with dnssec-signzone, for the year 2026.
const ZONE: &str = include_str!("../../lesson-16-sign/tests/zones/example.com.zone");
/// A time at which it is valid: 1 June 2026.
const NOW: u32 = 1_780_272_000;

fn main() -> ExitCode {
    print::result(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<String, Box<dyn std::error::Error>> {
    let zone: Name = "example.com".parse()?;
    let Arguments { name, rtype } = arguments;
    if !name.is_at_or_below(&zone) {
        return Err(format!("{name} is not in {zone}").into());
    }
    let records = verified_nsec(&zone, &Zone::parse(ZONE, &Name::ROOT)?.records);
    let gaps = gaps(&records);
    let Some(proved) = denial(&zone, name, *rtype, &gaps) else {
        return Ok(format!(
            "{name} {rtype} exists, or a wildcard stands for it: nothing is denied"
        ));
    };
    let needed = needed(&records, |gaps| {
        denial(&zone, name, *rtype, gaps) == Some(proved)
    });
    let verdict = match proved {
        Denial::NxDomain => "the name does not exist",
        Denial::NoData => "the name exists, without this type",
    };
    let lines: Vec<_> = needed
        .iter()
        .map(|(record, _)| record.to_string())
        .collect();
    Ok(format!(
        "{name} {rtype}: {verdict}. The proof:\n{}",
        lines.join("\n")
    ))
}

/// Returns the zone's NSEC records whose signature holds.
fn verified_nsec(zone: &Name, records: &[Record]) -> Vec<(Record, Verified)> {
    let keys: Vec<Dnskey> = records.iter().filter_map(key).collect();
    let keys = ZoneKeys { zone, keys: &keys };
    let verified = |record: &Record| {
        let rrset = std::slice::from_ref(record);
        let mut rrsigs = records
            .iter()
            .filter(|other| other.owner == record.owner)
            .filter_map(rrsig);
        let verified = rrsigs.find_map(|rrsig| verify(rrset, rrsig, keys, NOW, &Ring).ok());
        verified.map(|verified| (record.clone(), verified))
    };
    let nsec = records
        .iter()
        .filter(|record| record.rtype() == RecordType::NSEC);
    nsec.filter_map(verified).collect()
}

fn gaps(records: &[(Record, Verified)]) -> Vec<Gap<'_>> {
    let gap = |(record, verified)| Gap::new(record, verified);
    records
        .iter()
        .map(|pair| (&pair.0, &pair.1))
        .filter_map(gap)
        .collect()
}

fn key(record: &Record) -> Option<Dnskey> {
    match &record.rdata {
        Rdata::Dnskey(key) => Some((**key).clone()),
        _ => None,
    }
}

fn rrsig(record: &Record) -> Option<&Rrsig> {
    match &record.rdata {
        Rdata::Rrsig(rrsig) => Some(rrsig),
        _ => None,
    }
}

/// Leaves out each record without which the proof still holds.
fn needed(
    records: &[(Record, Verified)],
    proves: impl Fn(&[Gap<'_>]) -> bool,
) -> Vec<(Record, Verified)> {
    let mut needed = records.to_vec();
    for record in records {
        let others: Vec<_> = needed
            .iter()
            .filter(|other| *other != record)
            .cloned()
            .collect();
        if proves(&gaps(&others)) {
            needed = others;
        }
    }
    needed
}
