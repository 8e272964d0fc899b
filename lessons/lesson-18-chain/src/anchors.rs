//! [`TrustAnchors`]: the keys that a validator trusts without proof (RFC 4033 section 2).

use std::collections::BTreeMap;

use crypto::{Crypto, SHA256};
use digest::key_tag;
use dnsparse::{Dnskey, Ds, Name, Rdata, Record, Zone, ZoneError};

/// The trust anchors of any number of zones, any number for each.
///
/// An anchor is a DS record or a DNSKEY record of a zone. All are kept as DS records, since a DS
/// record with SHA-256 says as much as the key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustAnchors {
    zones: BTreeMap<Name, Vec<Ds>>,
}

/// The reason why a text is no list of trust anchors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnchorError {
    /// It is not in the form of a zone file.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// A record is of another type.
    #[error("a trust anchor is a DS or DNSKEY record, and not {0}")]
    OtherType(Box<Record>),
    /// There is no record.
    #[error("there is no DS or DNSKEY record")]
    Empty,
}

/// The DS records that IANA publishes for the root's key-signing keys of 2017 and 2024
/// (<https://data.iana.org/root-anchors/root-anchors.xml>). Both, since a resolver that knew the first
/// one alone would fail on the day the root signs with the second.
const IANA: [(u16, [u8; 32]); 2] = [
    (
        20326,
        [
            0xe0, 0x6d, 0x44, 0xb8, 0x0b, 0x8f, 0x1d, 0x39, 0xa9, 0x5c, 0x0b, 0x0d, 0x7c, 0x65,
            0xd0, 0x84, 0x58, 0xe8, 0x80, 0x40, 0x9b, 0xbc, 0x68, 0x34, 0x57, 0x10, 0x42, 0x37,
            0xc7, 0xf8, 0xec, 0x8d,
        ],
    ),
    (
        38696,
        [
            0x68, 0x3d, 0x2d, 0x0a, 0xcb, 0x8c, 0x9b, 0x71, 0x2a, 0x19, 0x48, 0xb2, 0x7f, 0x74,
            0x12, 0x19, 0x29, 0x8d, 0x0a, 0x45, 0x0d, 0x61, 0x2c, 0x48, 0x3a, 0xf4, 0x44, 0xa4,
            0xc0, 0xfb, 0x2b, 0x16,
        ],
    ),
];

impl TrustAnchors {
    /// Returns no trust anchor: every name is indeterminate.
    pub fn new() -> TrustAnchors {
        TrustAnchors::default()
    }

    /// Returns the trust anchors of the root of the Internet.
    pub fn iana() -> TrustAnchors {
        let mut anchors = TrustAnchors::new();
        for (key_tag, digest) in IANA {
            let ds = Ds {
                key_tag,
                algorithm: crypto::algorithm::RSASHA256,
                digest_type: SHA256,
                digest: digest.to_vec(),
            };
            anchors.add_ds(Name::ROOT, ds);
        }
        anchors
    }

    /// Takes the DS records of a list as trust anchors, and leaves other records out.
    pub fn from_ds_records(records: impl IntoIterator<Item = Record>) -> TrustAnchors {
        let mut anchors = TrustAnchors::new();
        for record in records {
            if let Rdata::Ds(ds) = record.rdata {
                anchors.add_ds(record.owner, *ds);
            }
        }
        anchors
    }

    /// Reads trust anchors in the form of a zone file: DS and DNSKEY records with their owners.
    ///
    /// # Errors
    /// See [`AnchorError`].
    pub fn parse(text: &str, crypto: &dyn Crypto) -> Result<TrustAnchors, AnchorError> {
        let mut anchors = TrustAnchors::new();
        for record in Zone::parse(text, &Name::ROOT)?.records {
            match record.rdata {
                Rdata::Ds(ds) => anchors.add_ds(record.owner, *ds),
                Rdata::Dnskey(key) => anchors.add_dnskey(record.owner, &key, crypto),
                _ => return Err(AnchorError::OtherType(Box::new(record))),
            }
        }
        match anchors.zones.is_empty() {
            true => Err(AnchorError::Empty),
            false => Ok(anchors),
        }
    }

    /// Adds an anchor in the form of a DS record.
    pub fn add_ds(&mut self, zone: Name, ds: Ds) {
        let of_zone = self.zones.entry(zone).or_default();
        if !of_zone.contains(&ds) {
            of_zone.push(ds);
        }
    }

    /// Adds an anchor in the form of a DNSKEY record.
    pub fn add_dnskey(&mut self, zone: Name, key: &Dnskey, crypto: &dyn Crypto) {
        // Every implementation has SHA-256. One without it trusts nothing: no key has an empty digest.
        let digest = crypto.digest(SHA256, &key.digest_input(&zone));
        let ds = Ds {
            key_tag: key_tag(key),
            algorithm: key.algorithm,
            digest_type: SHA256,
            digest: digest.unwrap_or_default(),
        };
        self.add_ds(zone, ds);
    }

    /// Returns the anchors of one zone.
    pub fn of(&self, zone: &Name) -> &[Ds] {
        self.zones.get(zone).map_or(&[], Vec::as_slice)
    }

    /// Iterates over the zones that have anchors, with these.
    pub fn zones(&self) -> impl Iterator<Item = (&Name, &[Ds])> {
        let zones = self.zones.iter();
        zones.map(|(zone, anchors)| (zone, anchors.as_slice()))
    }

    /// Returns the closest zone at or above a name that has an anchor, with its anchors.
    pub fn closest(&self, name: &Name) -> Option<(Name, &[Ds])> {
        let mut zones = name.ancestors();
        zones.find_map(|zone| Some((zone.clone(), self.zones.get(&zone)?.as_slice())))
    }
}
