//! Reads a signed zone file, and verifies every signature in it with the zone's own keys.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;
use crypto::Ring;
use dnsparse::{Dnskey, Name, Rdata, Record, RecordType, Rrsig, Zone};
use sign::{Verified, ZoneKeys, verify};

#[macro_use]
#[path = "../../print.rs"]
mod print;

/// Verifies the signatures of a zone file.
#[derive(Parser)]
struct Arguments {
    /// A signed zone file; without it, one of example.com that BIND signed
    file: Option<PathBuf>,
    /// The time at which the signatures have to be valid, in seconds since 1970; without it, now
    #[arg(long)]
    now: Option<u32>,
    /// Print the signatures that do not hold, and the numbers, alone
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(exit) => exit,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A zone that was signed with dnssec-signzone, for the year 2026.
const EXAMPLE: &str = include_str!("../tests/zones/example.com.zone");
/// A time at which it is valid: 1 June 2026.
const EXAMPLE_TIME: u32 = 1_780_272_000;

/// The records of a zone by owner and type, and the signatures by owner and type covered.
#[derive(Default)]
struct Signed {
    rrsets: BTreeMap<(Name, RecordType), Vec<Record>>,
    signatures: BTreeMap<(Name, RecordType), Vec<Rrsig>>,
    keys: Vec<Dnskey>,
}

fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let (text, default_time) = match &arguments.file {
        None => (EXAMPLE.to_string(), Some(EXAMPLE_TIME)),
        Some(path) => {
            let text = fs::read_to_string(path);
            let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
            (text, None)
        }
    };
    let now = match arguments.now.or(default_time) {
        Some(now) => now,
        // Times in signatures are modulo 2^32.
        None => SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() as u32,
    };
    let records = Zone::parse(&text, &Name::ROOT)?.records;
    let soa = records
        .iter()
        .find(|record| record.rtype() == RecordType::SOA);
    let zone = soa.ok_or("the file has no SOA record")?.owner.clone();
    let signed = sorted(records);
    if signed.keys.is_empty() {
        return Err(format!("{zone} has no DNSKEY record: it is not signed").into());
    }
    Ok(verify_all(&signed, &zone, now, arguments.quiet))
}

fn sorted(records: Vec<Record>) -> Signed {
    let mut signed = Signed::default();
    for record in records {
        let (owner, rtype) = (record.owner.clone(), record.rtype());
        match &record.rdata {
            Rdata::Rrsig(rrsig) => {
                let signatures = signed.signatures.entry((owner, rrsig.type_covered));
                signatures.or_default().push((**rrsig).clone());
                continue;
            }
            Rdata::Dnskey(key) => signed.keys.push((**key).clone()),
            _ => {}
        }
        signed
            .rrsets
            .entry((owner, rtype))
            .or_default()
            .push(record);
    }
    signed
}

/// Verifies each signature, prints a line for each, and then their numbers.
fn verify_all(signed: &Signed, zone: &Name, now: u32, quiet: bool) -> ExitCode {
    let keys = ZoneKeys {
        zone,
        keys: &signed.keys,
    };
    let (mut valid, mut invalid) = (0_usize, 0_usize);
    for ((owner, rtype), signatures) in &signed.signatures {
        let rrset = signed.rrsets.get(&(owner.clone(), *rtype));
        let rrset = rrset.map(Vec::as_slice).unwrap_or_default();
        for rrsig in signatures {
            let by = format!(
                "{owner} {rtype}, key {} of algorithm {}",
                rrsig.key_tag, rrsig.algorithm
            );
            match verify(rrset, rrsig, keys, now, &Ring) {
                Ok(Verified { ttl, .. }) => {
                    valid += 1;
                    if !quiet {
                        print_line!("+ {by}: for {ttl} s");
                    }
                }
                Err(reason) => {
                    invalid += 1;
                    print_line!("! {by}: {reason}");
                }
            }
        }
    }
    let is_unsigned = |set: &&(Name, RecordType)| !signed.signatures.contains_key(*set);
    let unsigned = signed.rrsets.keys().filter(is_unsigned).count();
    print_line!(
        "{valid} signatures hold, {invalid} do not; {unsigned} RRsets have none (delegations and glue)"
    );
    ExitCode::from(u8::from(invalid > 0))
}
