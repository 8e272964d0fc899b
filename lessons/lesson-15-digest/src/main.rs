//! Reads DNSKEY and DS records in the form of a zone file, and prints which keys the DS records
//! vouch for.

use std::path::PathBuf;
use std::process::ExitCode;
use std::{fs, io};

use clap::Parser;
use crypto::Ring;
use digest::{EntryPoints, key_tag, matches, secure_entry_points};
use dnsparse::{Dnskey, Ds, Name, Rdata, Zone};

#[path = "../../print.rs"]
mod print;

/// Compares a zone's DNSKEY records with its DS records.
///
/// Both stand in one file, or come on standard input, as dig prints them:
/// `(dig +noall +answer example.com DNSKEY; dig +noall +answer example.com DS) | …`
#[derive(Parser)]
struct Arguments {
    /// A file with DNSKEY and DS records of one zone; without it, the root's keys and trust anchors;
    /// with -, standard input
    file: Option<PathBuf>,
}

fn main() -> ExitCode {
    print::result(run(&Arguments::parse()))
}

/// The root's keys of 2017 and 2024, and the DS records that IANA publishes for them.
const ROOT: &str = include_str!("../tests/root.zone");

fn run(arguments: &Arguments) -> Result<String, Box<dyn std::error::Error>> {
    let text = match &arguments.file {
        None => ROOT.to_string(),
        Some(path) if path.as_os_str() == "-" => io::read_to_string(io::stdin())?,
        Some(path) => {
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?
        }
    };
    let records = Zone::parse(&text, &Name::ROOT)?.records;
    let zone = records
        .first()
        .ok_or("no record in the input")?
        .owner
        .clone();
    let (mut keys, mut ds_set) = (Vec::new(), Vec::new());
    for record in records.into_iter().filter(|record| record.owner == zone) {
        match record.rdata {
            Rdata::Dnskey(key) => keys.push(*key),
            Rdata::Ds(ds) => ds_set.push(*ds),
            _ => {}
        }
    }
    Ok(text_of(&zone, &ds_set, &keys))
}

/// Writes each key with its tag and the DS records that match it, and the verdict.
fn text_of(zone: &Name, ds_set: &[Ds], keys: &[Dnskey]) -> String {
    let mut lines = Vec::new();
    for key in keys {
        let (tag, flags, algorithm) = (key_tag(key), key.flags, key.algorithm);
        lines.push(format!(
            "{zone} DNSKEY {flags} algorithm {algorithm}: key tag {tag}"
        ));
        for ds in ds_set.iter().filter(|ds| matches(ds, zone, key, &Ring)) {
            lines.push(format!("  = DS {ds}"));
        }
    }
    lines.push(match secure_entry_points(zone, ds_set, keys, &Ring) {
        EntryPoints::Keys(keys) => format!(
            "{} secure entry points: the chain of trust goes on",
            keys.len()
        ),
        EntryPoints::Insecure => "no usable DS record: the zone counts as unsigned".to_string(),
        EntryPoints::Bogus => "no key matches: bogus".to_string(),
    });
    lines.join("\n")
}
