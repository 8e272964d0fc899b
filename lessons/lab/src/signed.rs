//! The signed mini-Internet ([`Lab::signed_internet`](crate::Lab::signed_internet)): its clock, its
//! trust anchor, and names with each status ([`CASES`]).
//!
//! The signatures lie in the folder `signed` of this crate, a file for each zone: the records that
//! signing adds to the zone, and nothing else. `cargo run -p signer` makes them; each run makes the
//! same.
//!
//! | zones | signed with |
//! | --- | --- |
//! | the root, `arpa`, `com`, `in-addr.arpa`, `info`, `org`, `test`, `example.com`, `iana.org` | P-256, a key-signing and a zone-signing key, NSEC |
//! | `net` | the same, NSEC3 with opt-out |
//! | `isc.org` | the same, NSEC3 |
//! | `cloudflare.com`, `debian.org`, `ietf.org` | P-256, one key, NSEC |
//! | `edu`, `example.org` | Ed25519, one key, NSEC |
//! | `example.net` | RSA of 2,048 bits with SHA-256, one key, NSEC |
//! | `dnssec.test` and below | each its own way, which its name says: `zones/test/dnssec.zones` |
//! | all others | nothing: the zone above proves that they have no DS record |

mod cases;

use dnsparse::{Name, Record, RecordType, Zone};

pub use self::cases::{CASES, Case, Status};
use crate::{dnssec, zone_text};

/// The time in the signed mini-Internet: 15 January 2026, 12:00 UTC, in seconds since 1970. Its
/// signatures are valid from 1 January to 1 February, unless the zone's fault is that they are not.
pub const NOW: u32 = 1_768_478_400;

const ANCHOR: &str = include_str!("../signed/root.anchor");

/// Returns the trust anchor of the signed mini-Internet: the DS record of its root zone's key.
///
/// # Panics
/// If the file `signed/root.anchor` is no list of records. A test proves that it is.
pub fn trust_anchor() -> Vec<Record> {
    match Zone::parse(ANCHOR, &Name::ROOT) {
        Ok(anchor) => anchor.records,
        Err(error) => panic!("lessons/lab/signed/root.anchor: {error}"),
    }
}

/// Makes the list of files, each with its text.
macro_rules! files {
    ($($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../signed/", $file)))),*]
    };
}

/// The records that signing adds, with an `$ORIGIN` line before each zone.
pub(crate) const SIGNED: &[(&str, &str)] = files![
    "root.zone",
    "arpa.zone",
    "com.zone",
    "edu.zone",
    "in-addr.arpa.zone",
    "info.zone",
    "net.zone",
    "org.zone",
    "test.zone",
    "cloudflare.com.zone",
    "debian.org.zone",
    "example.com.zone",
    "example.net.zone",
    "example.org.zone",
    "iana.org.zone",
    "ietf.org.zone",
    "isc.org.zone",
    "dnssec.zones",
];

/// Returns the records that signing adds at a name of a zone for a type: the records themselves and
/// their signatures.
pub(crate) fn added(apex: &str, owner: &Name, rtype: RecordType) -> Vec<Record> {
    let zones = SIGNED
        .iter()
        .filter_map(|(_, text)| zone_text::split(text).ok());
    let mut zones = zones.flatten().filter(|(origin, _)| *origin == apex);
    let zone = zones.next().and_then(|(origin, text)| {
        let origin = origin.parse().ok()?;
        Zone::parse(&text, &origin).ok()
    });
    let is_of_type =
        |record: &Record| dnssec::covered(record).unwrap_or_else(|| record.rtype()) == rtype;
    let records = zone.map(|zone| zone.records).unwrap_or_default();
    let at_owner = records.into_iter().filter(|record| record.owner == *owner);
    at_owner.filter(is_of_type).collect()
}
