//! [`Plan`]: how a zone is signed. The table of all plans is in `table`.

use anyhow::{Context, Result};
use dnsparse::{Ds, Name};

use crate::denial::Denial;
use crate::keys::{Algorithm, Key, REVOKED, SEP, ZONE_KEY};

/// How a zone is signed, with its faults.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The zone.
    pub(crate) apex: Name,
    /// Its keys. The parent's DS records refer to the first.
    pub(crate) keys: Vec<KeyPlan>,
    /// The DS records of the parent; none for an island of security.
    pub(crate) ds: Vec<DsPlan>,
    /// NSEC or NSEC3.
    pub(crate) denial: Denial,
    /// The validity of the signatures.
    pub(crate) validity: Validity,
    /// The changes that are made after the zone was signed.
    pub(crate) faults: Vec<Fault>,
}

/// A key of a zone.
#[derive(Debug, Clone)]
pub(crate) struct KeyPlan {
    /// Distinguishes it from other keys of the zone with the same algorithm.
    pub(crate) role: &'static str,
    /// The flags of its DNSKEY record.
    pub(crate) flags: u16,
    /// Its algorithm.
    pub(crate) algorithm: Algorithm,
    /// Whether it signs the DNSKEY RRset.
    pub(crate) signs_keys: bool,
    /// Whether it signs the other RRsets.
    pub(crate) signs_zone: bool,
    /// Whether its public key is changed into another one with the same tag.
    pub(crate) is_twin: bool,
}

impl KeyPlan {
    /// Derives the key.
    fn derive(&self, zone: &Name) -> Result<Key> {
        let key = Key::derive(zone, self.role, self.flags, self.algorithm)?;
        Ok(match self.is_twin {
            true => key.with_same_tag(),
            false => key,
        })
    }
}

/// A DS record of the parent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DsPlan {
    /// The digest of the zone's first key, of a type: 1 SHA-1, 2 SHA-256, 4 SHA-384.
    Digest(u8),
    /// The digest of the zone's second key.
    SecondKey(u8),
    /// The digest of the first key, with octets that are not the digest.
    WrongDigest(u8),
    /// A digest type that is not assigned.
    UnassignedDigest,
    /// The digest of a key that the zone does not have, of an algorithm.
    AbsentKey(Algorithm),
}

/// The validity of signatures: inception and expiration, as RRSIG records show them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Validity {
    /// The first second.
    pub(crate) inception: u32,
    /// The last second.
    pub(crate) expiration: u32,
}

/// A day in seconds.
const DAY: u32 = 86_400;
/// 1 January 2026, 0:00 UTC.
const NEW_YEAR: u32 = lab::signed::NOW - 14 * DAY - DAY / 2;

impl Validity {
    /// January 2026: the present of the signed lab.
    pub(crate) const JANUARY: Validity = Validity {
        inception: NEW_YEAR,
        expiration: NEW_YEAR + 31 * DAY,
    };
    /// December 2025.
    pub(crate) const DECEMBER: Validity = Validity {
        inception: NEW_YEAR - 31 * DAY,
        expiration: NEW_YEAR,
    };
    /// February 2026.
    pub(crate) const FEBRUARY: Validity = Validity {
        inception: NEW_YEAR + 31 * DAY,
        expiration: NEW_YEAR + 59 * DAY,
    };

    /// Moves it by a number of seconds, modulo 2^32 as all times of signatures.
    pub(crate) fn later_by(self, seconds: u32) -> Validity {
        Validity {
            inception: self.inception.wrapping_add(seconds),
            expiration: self.expiration.wrapping_add(seconds),
        }
    }
}

/// A change after the zone was signed. Names are relative to the zone.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// The records of a name have no signatures.
    NoSignatures(&'static str),
    /// The signatures of a name have one bit changed.
    CorruptSignatures(&'static str),
    /// The DNSKEY RRset has no signature.
    UnsignedKeys,
    /// The DS RRset of a child has no signature.
    UnsignedDs(&'static str),
    /// No RRset has a signature.
    NoSignaturesAtAll,
    /// The signatures of a name count one label less than the zone's name has, as if the records had been
    /// made from a wildcard of the zone above.
    FewLabels(&'static str),
    /// The NSEC record of a name has its end behind the zone.
    NextOutside(&'static str),
    /// All signatures name the parent zone as their signer.
    ParentSigns,
    /// A name has no NSEC record, and the one before it ends there: the chain has a gap.
    Gap(&'static str),
    /// A name was added after the zone was signed: it has signatures, and an NSEC record denies it.
    AddedLater(&'static str),
}

impl Plan {
    /// A zone with one key, which signs everything.
    pub(crate) fn single(apex: &str, algorithm: Algorithm) -> Plan {
        Plan::with_keys(
            apex,
            vec![KeyPlan {
                role: "csk",
                flags: ZONE_KEY | SEP,
                algorithm,
                signs_keys: true,
                signs_zone: true,
                is_twin: false,
            }],
        )
    }

    /// A zone with a key-signing key and a zone-signing key.
    pub(crate) fn split(apex: &str, algorithm: Algorithm) -> Plan {
        let key = |role, flags, is_ksk: bool| KeyPlan {
            role,
            flags,
            algorithm,
            signs_keys: is_ksk,
            signs_zone: !is_ksk,
            is_twin: false,
        };
        let ksk = key("ksk", ZONE_KEY | SEP, true);
        Plan::with_keys(apex, vec![ksk, key("zsk", ZONE_KEY, false)])
    }

    fn with_keys(apex: &str, keys: Vec<KeyPlan>) -> Plan {
        Plan {
            apex: apex
                .parse()
                .unwrap_or_else(|error| panic!("{apex}: {error}")),
            keys,
            ds: vec![DsPlan::Digest(2)],
            denial: Denial::Nsec,
            validity: Validity::JANUARY,
            faults: Vec::new(),
        }
    }

    /// Adds a key of another algorithm, which signs everything as well.
    pub(crate) fn and(mut self, algorithm: Algorithm) -> Plan {
        self.keys.extend(Plan::single(".", algorithm).keys);
        self
    }

    /// Adds another key with the tag of the first, which signs nothing.
    pub(crate) fn with_twin(mut self) -> Plan {
        let twin = self.keys.first().map(|key| KeyPlan {
            signs_keys: false,
            signs_zone: false,
            is_twin: true,
            ..key.clone()
        });
        self.keys.extend(twin);
        self
    }

    /// Adds a key of an attacker, which signs everything in the place of the first.
    pub(crate) fn signed_by_another(mut self) -> Plan {
        for key in &mut self.keys {
            (key.signs_keys, key.signs_zone) = (false, false);
        }
        let another = Plan::single(".", Algorithm::P256).keys;
        let another = another.into_iter().map(|key| KeyPlan {
            role: "another",
            ..key
        });
        self.keys.extend(another);
        self
    }

    /// Sets the flags of all keys: without ZONE_KEY, or with REVOKED.
    pub(crate) fn flags(mut self, flags: u16) -> Plan {
        self.keys.iter_mut().for_each(|key| key.flags = flags);
        self
    }

    /// Revokes the only key.
    pub(crate) fn revoked(self) -> Plan {
        self.flags(ZONE_KEY | SEP | REVOKED)
    }

    /// Sets the DS records of the parent.
    pub(crate) fn ds(self, ds: impl Into<Vec<DsPlan>>) -> Plan {
        Plan {
            ds: ds.into(),
            ..self
        }
    }

    /// Denies with NSEC3 records without salt.
    pub(crate) fn nsec3(self, opt_out: bool, iterations: u16) -> Plan {
        let denial = Denial::Nsec3 {
            opt_out,
            iterations,
            salt: &[],
        };
        Plan { denial, ..self }
    }

    /// Denies as servers do that make their proofs while they answer.
    pub(crate) fn compact(self, absent: &'static [&'static str]) -> Plan {
        let denial = Denial::Compact { absent };
        Plan { denial, ..self }
    }

    /// Sets the validity of the signatures.
    pub(crate) fn valid(self, validity: Validity) -> Plan {
        Plan { validity, ..self }
    }

    /// Adds a fault.
    pub(crate) fn fault(mut self, fault: Fault) -> Plan {
        self.faults.push(fault);
        self
    }

    /// Derives the keys.
    pub(crate) fn derive_keys(&self) -> Result<Vec<Key>> {
        self.keys.iter().map(|key| key.derive(&self.apex)).collect()
    }

    /// Makes the DS records of the parent.
    pub(crate) fn ds_records(&self) -> Result<Vec<Ds>> {
        self.ds.iter().map(|ds| self.ds_record(*ds)).collect()
    }

    fn ds_record(&self, plan: DsPlan) -> Result<Ds> {
        let place = usize::from(matches!(plan, DsPlan::SecondKey(_)));
        let key = self.keys.get(place).context("the zone has no such key")?;
        let key = key.derive(&self.apex)?;
        let mut ds = match plan {
            DsPlan::Digest(digest_type)
            | DsPlan::SecondKey(digest_type)
            | DsPlan::WrongDigest(digest_type) => key.ds(&self.apex, digest_type)?,
            DsPlan::UnassignedDigest => key.ds(&self.apex, 2)?,
            DsPlan::AbsentKey(algorithm) => {
                Key::derive(&self.apex, "absent", ZONE_KEY | SEP, algorithm)?.ds(&self.apex, 2)?
            }
        };
        match plan {
            DsPlan::WrongDigest(_) => ds.digest.iter_mut().for_each(|octet| *octet ^= 0xff),
            DsPlan::UnassignedDigest => ds.digest_type = 200,
            _ => {}
        }
        Ok(ds)
    }
}
