//! [`RootCopy`]: one version of the root zone, which was checked.

use std::sync::Arc;
use std::time::Duration;

use chain::{Reason, SignedRrset, TrustAnchors, verify_rrset};
use crypto::Ring;
use digest::{EntryPoints, secure_entry_points};
use dnsparse::{Class, Dnskey, Name, Rdata, Record, RecordType, Soa, Zone};
use hashed::{Hash, MAX_ITERATIONS, Params, hash_name};
use lab::ServedZone;
use network::Via;
use sign::ZoneKeys;
use tokio::time::Instant;

use super::digest as zone_digest;
use super::digest::DigestError;

/// The least and the most of the times in the SOA record that are used.
const LEAST: Duration = Duration::from_secs(60);
const MOST: Duration = Duration::from_secs(14 * 86_400);

/// One version of the root zone.
#[derive(Debug)]
pub struct RootCopy {
    zone: Arc<ServedZone>,
    /// The number of the version.
    pub serial: u32,
    /// The time until a newer version is looked for.
    pub refresh: Duration,
    /// The time until that is done again, after a failure.
    pub retry: Duration,
    expire: Duration,
    expires: Instant,
}

/// Records that cannot be used as the root zone.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// They are not a zone.
    #[error("{0}")]
    NoZone(String),
    /// A record is not of class IN.
    #[error("the record {0} is not of class IN")]
    OtherClass(Name),
    /// They have no NS record of the root.
    #[error("it has no NS record of the root")]
    NoServers,
    /// They are other records than those of the digest.
    #[error("{0}")]
    Digest(#[from] DigestError),
    /// The signature of the digest, or of the keys, does not hold.
    #[error("{what} is not proved by the trust anchors: {reason}")]
    Untrusted {
        /// The records that are not proved.
        what: &'static str,
        /// The reason.
        reason: String,
    },
    /// The zone has no keys, although a trust anchor names one.
    #[error("it has no DNSKEY records, although a trust anchor is for the root")]
    NoKeys,
    /// The digest was removed: the zone's own NSEC or NSEC3 record says that there is one, or was removed
    /// as well.
    #[error("its digest (ZONEMD) is missing")]
    DigestRemoved,
}

/// The trust anchors, and the time at which signatures have to hold, in seconds since 1970.
pub type Trust<'a> = (&'a TrustAnchors, u32);

impl RootCopy {
    /// Checks records, which were known to be the present version `age` ago.
    ///
    /// With trust anchors, the digest of the zone has to be signed, so that the whole copy is proved,
    /// with the addresses that have no signature of their own. A zone without a digest is used as
    /// well: its answers are validated one by one, as those of the root servers.
    ///
    /// # Errors
    /// If they are not a zone, or not the one that the root's operator has published.
    pub fn new(
        records: Vec<Record>,
        age: Duration,
        trust: Option<Trust<'_>>,
    ) -> Result<RootCopy, CopyError> {
        if let Some(other) = records.iter().find(|record| record.class != Class::IN) {
            return Err(CopyError::OtherClass(other.owner.clone()));
        }
        let has_servers =
            |record: &Record| record.owner.is_root() && record.rtype() == RecordType::NS;
        if !records.iter().any(has_servers) {
            return Err(CopyError::NoServers);
        }
        let soa = soa(&records)?;
        zone_digest::check(&Name::ROOT, soa.serial, &records)?;
        if let Some(trust) = trust {
            check_signatures(&records, trust)?;
        }
        let zone = Zone {
            origin: Name::ROOT,
            records,
        };
        let time = |seconds: u32| Duration::from_secs(seconds.into()).clamp(LEAST, MOST);
        let expire = Duration::from_secs(soa.expire.into()).min(MOST);
        let now = Instant::now();
        Ok(RootCopy {
            zone: Arc::new(ServedZone::load(&zone).map_err(CopyError::NoZone)?),
            serial: soa.serial,
            refresh: time(soa.refresh),
            retry: time(soa.retry),
            expire,
            expires: now + expire.saturating_sub(age),
        })
    }

    /// Returns the same copy, which was found to be the present version just now.
    #[must_use]
    pub fn confirmed(&self) -> RootCopy {
        RootCopy {
            zone: Arc::clone(&self.zone),
            expires: Instant::now() + self.expire,
            ..*self
        }
    }

    /// Whether the copy is too old to be used (RFC 1035 section 3.3.13).
    pub fn has_expired(&self) -> bool {
        Instant::now() >= self.expires
    }

    /// Returns the reply to a query, as a root server would give it.
    pub fn reply(&self, query: &[u8], via: Via) -> Option<Vec<u8>> {
        self.zone.reply(query, via)
    }
}

/// Returns the SOA of the root.
fn soa(records: &[Record]) -> Result<Soa, CopyError> {
    let soa = records.iter().find_map(|record| match &record.rdata {
        Rdata::Soa(soa) if record.owner.is_root() => Some((**soa).clone()),
        _ => None,
    });
    soa.ok_or_else(|| CopyError::NoZone("it has no SOA record of the root".to_owned()))
}

/// Checks that the trust anchors vouch for the zone's digest, or for its absence (RFC 8976 section 4,
/// steps 1 and 2).
fn check_signatures(records: &[Record], (anchors, now): Trust<'_>) -> Result<(), CopyError> {
    let untrusted = |what| {
        move |reason: Reason| CopyError::Untrusted {
            what,
            reason: reason.to_string(),
        }
    };
    let find = |rtype| SignedRrset::find(records, &Name::ROOT, rtype);
    if anchors.of(&Name::ROOT).is_empty() {
        // Nothing can be proved here: the validation of each answer decides.
        return Ok(());
    }
    let dnskeys = find(RecordType::DNSKEY).ok_or(CopyError::NoKeys)?;
    let keys: Vec<Dnskey> = dnskeys.records.iter().filter_map(dnskey).collect();
    let entry_points = secure_entry_points(&Name::ROOT, anchors.of(&Name::ROOT), &keys, &Ring);
    let EntryPoints::Keys(entry_points) = entry_points else {
        return Err(CopyError::Untrusted {
            what: "none of its keys",
            reason: "another root has other keys".to_owned(),
        });
    };
    let entry_points: Vec<Dnskey> = entry_points.into_iter().cloned().collect();
    let verify = |rrset: &SignedRrset, keys: &[Dnskey], what| {
        let zone = &Name::ROOT;
        let verified = verify_rrset(rrset, ZoneKeys { zone, keys }, now, &Ring);
        verified.map(drop).map_err(untrusted(what))
    };
    verify(&dnskeys, &entry_points, "its DNSKEY RRset")?;
    if let Some(zonemd) = find(RecordType::ZONEMD) {
        return verify(&zonemd, &keys, "its digest (ZONEMD)");
    }
    let denial = find(RecordType::NSEC).or_else(|| {
        let owner = hashed_apex(records)?;
        SignedRrset::find(records, owner, RecordType::NSEC3)
    });
    let denial = denial.ok_or(CopyError::DigestRemoved)?;
    verify(&denial, &keys, "the absence of a digest (ZONEMD)")?;
    let mut types = denial
        .records
        .iter()
        .filter_map(|record| match &record.rdata {
            Rdata::Nsec(nsec) => Some(&nsec.types),
            Rdata::Nsec3(nsec3) => Some(&nsec3.types),
            _ => None,
        });
    match types.any(|types| types.contains(RecordType::ZONEMD)) {
        true => Err(CopyError::DigestRemoved),
        false => Ok(()),
    }
}

/// Returns the owner of the NSEC3 record of the root itself (RFC 5155 section 7.2.1).
fn hashed_apex(records: &[Record]) -> Option<&Name> {
    let is_param = |record: &&Record| record.owner.is_root();
    let hash = records.iter().filter(is_param).find_map(|record| {
        let Rdata::Nsec3Param(param) = &record.rdata else {
            return None;
        };
        let params = Params {
            iterations: param.iterations.min(MAX_ITERATIONS),
            salt: &param.salt,
        };
        hash_name(&Name::ROOT, params, &Ring)
    })?;
    let is_of_apex = |record: &&Record| {
        let label = record.owner.labels().next();
        record.rtype() == RecordType::NSEC3 && label.and_then(Hash::from_label) == Some(hash)
    };
    records.iter().find(is_of_apex).map(|record| &record.owner)
}

fn dnskey(record: &Record) -> Option<Dnskey> {
    match &record.rdata {
        Rdata::Dnskey(key) => Some((**key).clone()),
        _ => None,
    }
}
