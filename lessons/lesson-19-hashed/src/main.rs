//! Proves with the NSEC3 records of RFC 5155 that a name does not exist, and shows what it costs.

use std::process::ExitCode;

use chain::{Evidence, Proved};
use clap::Parser;
use crypto::{Crypto, Ring};
use deny::Denial;
use dnsparse::{Name, Record, RecordType, Zone};
use hashed::{HashedZone, Limits, Meter, closest_encloser, denial};
use sign::Verified;

#[macro_use]
#[path = "../../print.rs"]
mod print;

/// Asks the example zone of RFC 5155 for the proof that a name or a type does not exist, and shows the
/// hashes of the names on the way.
#[derive(Parser)]
struct Arguments {
    /// A name at or below example
    name: Name,
    /// A type
    #[arg(default_value = "A")]
    rtype: RecordType,
    /// The number of iterations: with others than the zone's 12, its records prove nothing, and the
    /// cost can be seen
    #[arg(long, default_value_t = 12)]
    iterations: u16,
}

/// The NSEC3 records of RFC 5155 appendix A.
const ZONE: &str = include_str!("../tests/rfc5155.zone");

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(text) => {
            print_line!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<String, Box<dyn std::error::Error>> {
    let apex: Name = "example".parse()?;
    let Arguments { name, rtype, .. } = arguments;
    if !name.is_at_or_below(&apex) {
        return Err(format!("{name} is not in {apex}").into());
    }
    let records = Zone::parse(ZONE, &Name::ROOT)?.records;
    let verified = Verified {
        ttl: 3600,
        wildcard: None,
    };
    let evidence = |record| Evidence {
        record,
        verified: &verified,
    };
    let evidence: Vec<_> = records.iter().map(evidence).collect();
    let zone = HashedZone::new(&apex, &evidence);
    let mut zone = zone.map_err(|unusable| format!("the records are unusable: {unusable:?}"))?;
    zone.params.iterations = arguments.iterations;
    Ok(text_of(&zone, &records, name, *rtype))
}

/// Writes the hash of each name on the way, with the record that matches or covers it, and the result.
fn text_of(zone: &HashedZone<'_>, records: &[Record], name: &Name, rtype: RecordType) -> String {
    let encloser = closest_encloser(zone, name, &Ring).map(|it| it.name);
    let wildcard = encloser.and_then(|encloser| encloser.child(b"*").ok());
    let in_zone = name
        .ancestors()
        .take_while(|it| it.is_at_or_below(zone.name));
    let mut lines = Vec::new();
    for name in in_zone.chain(wildcard) {
        let Some(hash) = zone.hash(&name, &Ring) else {
            continue;
        };
        let (verb, gap) = match zone.matching(hash) {
            Some(gap) => ("exists, it has", Some(gap)),
            None => ("does not exist, covered by", zone.covering(hash)),
        };
        let owner = gap.map_or(String::new(), |gap| gap.owner.to_string());
        let record = records
            .iter()
            .find(|it| it.owner.to_string().starts_with(&owner));
        let record = record.map_or("no record".to_string(), |it| {
            it.to_string().replace('\t', " ")
        });
        lines.push(format!("{hash} {name} {verb}\n  {record}"));
    }
    let meter = Meter::new(&Ring, Limits::default());
    let proved = match denial(zone, name, rtype, &meter) {
        Proved::Yes(Denial::NxDomain) => "the name does not exist".to_string(),
        Proved::Yes(Denial::NoData) => "the name exists, without this type".to_string(),
        Proved::Insecure(cause) => format!("insecure: {cause}"),
        Proved::No if meter.is_exhausted() => "too much work".to_string(),
        Proved::No => "nothing is denied".to_string(),
    };
    let blocks = meter.spent().blocks;
    lines.push(format!(
        "{name} {rtype}: {proved}. {blocks} blocks were digested."
    ));
    lines.join("\n")
}
