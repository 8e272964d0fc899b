//! [`ZoneCache`]: the zones that chains of trust have reached, with their validated keys.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use cache::Store;
use cache::ttl::{clamp_ttl, remaining_ttl};
use chain::{Cause, KnownZones, Zone, ZoneStatus};
use dnsparse::Name;
use tokio::time::Instant;
use trust::exceptions::Exceptions;

/// A bounded cache of zones. Those of the operator's [`Exceptions`] count as insecure.
#[derive(Debug)]
pub struct ZoneCache {
    zones: Mutex<Store<Name, Zone>>,
    exceptions: ArcSwap<Exceptions>,
    capacity: usize,
}

impl ZoneCache {
    /// Creates an empty cache for zones with the given number of keys.
    pub fn new(capacity: usize, exceptions: Exceptions) -> ZoneCache {
        ZoneCache {
            zones: Mutex::new(Store::new(capacity)),
            exceptions: ArcSwap::from_pointee(exceptions),
            capacity,
        }
    }

    /// Removes all zones.
    pub fn clear(&self) {
        let mut zones = self.zones.lock().unwrap_or_else(PoisonError::into_inner);
        *zones = Store::new(self.capacity);
    }

    /// Returns the exceptions.
    pub fn exceptions(&self) -> Arc<Exceptions> {
        self.exceptions.load_full()
    }

    /// Replaces the exceptions.
    pub fn set_exceptions(&self, exceptions: Exceptions) {
        self.exceptions.store(Arc::new(exceptions));
    }

    /// Stores a zone for as long as its TTL allows.
    pub fn store(&self, zone: Zone) {
        let lifetime = Duration::from_secs(clamp_ttl(zone.ttl).into());
        if lifetime.is_zero() {
            return;
        }
        let weight = 1 + match &zone.status {
            ZoneStatus::Secure(keys) => keys.len(),
            ZoneStatus::Insecure(insecure) => insecure.proof.len(),
        };
        let mut zones = self.zones.lock().unwrap_or_else(PoisonError::into_inner);
        zones.put(zone.name.clone(), zone, weight, lifetime, Instant::now());
    }
}

impl KnownZones for ZoneCache {
    fn closest(&self, name: &Name, _now: u32) -> Option<Zone> {
        let (mut zones, now) = (
            self.zones.lock().unwrap_or_else(PoisonError::into_inner),
            Instant::now(),
        );
        name.ancestors().find_map(|ancestor| {
            let (zone, expires) = zones.get(&ancestor, now)?;
            let ttl = remaining_ttl(expires, now);
            (ttl > 0).then(|| Zone {
                ttl,
                ..zone.clone()
            })
        })
    }

    fn exception(&self, name: &Name, now: u32) -> Option<Zone> {
        let (zone, left) = self.exceptions.load().closest(name, now)?;
        Some(Zone::insecure(zone, Cause::NoDs, [].into(), left))
    }
}
