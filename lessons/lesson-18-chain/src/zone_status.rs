//! [`Zone`]: the result of a chain, which is worth keeping: the next chain begins there.

use std::collections::BTreeMap;
use std::sync::Arc;

use dnsparse::{Dnskey, Name, Record, Serial};
use sign::ZoneKeys;

use crate::status::{Cause, Insecure};

/// A zone whose status has been determined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Its name; for [`ZoneStatus::Insecure`], that of the name from which on nothing is signed.
    pub name: Name,
    /// Its keys, or the reason why it has none.
    pub status: ZoneStatus,
    /// The number of seconds for which this may be cached: the lowest TTL of the records from which it
    /// follows.
    pub ttl: u32,
}

/// Whether the records of a zone have to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ZoneStatus {
    /// They have to be signed by one of these keys, which the chain of trust vouches for.
    Secure(Arc<[Dnskey]>),
    /// They may be unsigned, and signatures prove nothing; this holds for all zones below, too.
    Insecure(Insecure),
}

impl Zone {
    /// Makes a zone that is insecure from its name on, with the records that prove it.
    pub fn insecure(name: Name, cause: Cause, proof: Arc<[Record]>, ttl: u32) -> Zone {
        let insecure = Insecure {
            zone: name.clone(),
            cause,
            proof,
        };
        Zone {
            name,
            status: ZoneStatus::Insecure(insecure),
            ttl,
        }
    }

    /// Returns the zone's keys: none, if it is insecure.
    pub fn keys(&self) -> ZoneKeys<'_> {
        let keys: &[Dnskey] = match &self.status {
            ZoneStatus::Secure(keys) => keys,
            ZoneStatus::Insecure(_) => &[],
        };
        let zone = &self.name;
        ZoneKeys { zone, keys }
    }
}

/// Zones from earlier chains. A validating resolver implements it with a cache.
pub trait KnownZones {
    /// Returns the closest known zone at or above a name, with the TTL that is left at the time
    /// `now`, in seconds since 1970.
    fn closest(&self, name: &Name, now: u32) -> Option<Zone>;

    /// Returns the closest name at or above a name that counts as insecure, together with the names
    /// below it, since the operator has said so (RFC 7646; lesson 20). It need not be a zone.
    fn exception(&self, _name: &Name, _now: u32) -> Option<Zone> {
        None
    }
}

/// No zone is known: each chain begins at a trust anchor.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoZones;

impl KnownZones for NoZones {
    fn closest(&self, _name: &Name, _now: u32) -> Option<Zone> {
        None
    }
}

/// The simplest [`KnownZones`]: a map, for programs that end soon. It never forgets a zone that has
/// expired, and has no bound.
#[derive(Debug, Clone, Default)]
pub struct Zones {
    /// Each zone with the time at which it was stored.
    zones: BTreeMap<Name, (Zone, u32)>,
}

impl Zones {
    /// Stores a zone at the time `now`.
    pub fn store(&mut self, zone: Zone, now: u32) {
        self.zones.insert(zone.name.clone(), (zone, now));
    }
}

impl KnownZones for Zones {
    fn closest(&self, name: &Name, now: u32) -> Option<Zone> {
        name.ancestors().find_map(|ancestor| {
            let (zone, stored) = self.zones.get(&ancestor)?;
            let is_later = Serial(now) >= Serial(*stored);
            let age = if is_later {
                now.wrapping_sub(*stored)
            } else {
                0
            };
            let ttl = zone.ttl.checked_sub(age).filter(|ttl| *ttl > 0)?;
            Some(Zone {
                ttl,
                ..zone.clone()
            })
        })
    }
}
