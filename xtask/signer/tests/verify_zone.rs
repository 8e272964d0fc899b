//! ldns-verify-zone accepts each zone that is signed well, and rejects those with a fault in the zone
//! itself.
#![cfg(test)]

use std::fs;

use lab::Lab;
use real_servers::{ServerFolder, command, require_programs};

/// The time of the lab.
const NOW: &str = "20260115120000";
/// Zones without a fault, of each algorithm and each kind of denial.
const GOOD: [&str; 20] = [
    ".",
    "arpa.",
    "com.",
    "edu.",
    "info.",
    "net.",
    "org.",
    "test.",
    "cloudflare.com.",
    "debian.org.",
    "example.com.",
    "example.net.",
    "example.org.",
    "isc.org.",
    "dnssec.test.",
    "ed25519.dnssec.test.",
    "both.dnssec.test.",
    "nsec3.dnssec.test.",
    "opt-out.dnssec.test.",
    "island.dnssec.test.",
];
/// Zones with a fault that shows in the zone itself. Others only show beside the parent's DS record.
const FAULTY: [&str; 7] = [
    "expired.dnssec.test.",
    "not-yet-valid.dnssec.test.",
    "no-rrsig.dnssec.test.",
    "corrupt.dnssec.test.",
    "unsigned-keys.dnssec.test.",
    "stale-nsec.dnssec.test.",
    "gap.dnssec.test.",
];

#[test]
fn ldns_verifies_the_zones_without_a_fault_and_no_others() {
    if !require_programs(&["ldns-verify-zone"]) {
        return;
    }
    let lab = Lab::signed_internet();
    let folder = ServerFolder::new();
    let cases = GOOD
        .iter()
        .map(|it| (it, true))
        .chain(FAULTY.iter().map(|it| (it, false)));
    for (origin, is_good) in cases {
        let apex = origin.parse().expect("a name");
        let zone = lab
            .zone(&apex)
            .unwrap_or_else(|| panic!("the lab has no zone {origin}"));
        let path = folder.path().join("zone");
        fs::write(&path, zone.to_string()).expect("the zone file is written");
        let output = command("ldns-verify-zone")
            .args(["-t", NOW])
            .arg(&path)
            .output();
        let output = output.expect("ldns-verify-zone runs");
        let text = [output.stdout, output.stderr].concat();
        assert_eq!(
            output.status.success(),
            is_good,
            "{origin}: {}",
            String::from_utf8_lossy(&text)
        );
    }
}
