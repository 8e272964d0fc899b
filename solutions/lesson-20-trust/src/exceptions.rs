//! [`Exceptions`]: negative trust anchors (RFC 7646).
//!
//! The operator of a resolver knows that a zone's signatures are broken by a mistake, and that the
//! zone's owner is at work on it. Until the mistake is mended, the zone counts as unsigned. Each
//! exception has an end, so that none is forgotten (RFC 7646 section 2).

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use dnsparse::Name;

use crate::calendar::{date, day};

/// A zone that is not validated until a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The zone.
    pub zone: Name,
    /// The first second in which it is validated again, since 1970.
    pub end: u32,
}

impl FromStr for Exception {
    type Err = String;

    fn from_str(text: &str) -> Result<Exception, String> {
        let parts = text.rsplit_once('@').and_then(|(zone, end)| {
            let (zone, end) = (zone.parse().ok()?, day(end)?);
            Some(Exception { zone, end })
        });
        parts.ok_or_else(|| {
            format!(
                "'{text}' is not a zone with the day on which it is validated again: write one such as example.com@2026-12-31"
            )
        })
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Exception { zone, end } = self;
        write!(f, "{zone}@{}", date(*end))
    }
}

/// Zones with servers that the operator has named: they need not be part of the public DNS, whose
/// root may prove that they do not exist.
pub trait OwnZones: fmt::Debug + Send + Sync + 'static {
    /// Returns the closest of these zones at or above a name.
    fn closest(&self, name: &Name) -> Option<Name>;
}

/// The zones that are not validated at present.
#[derive(Debug, Clone, Default)]
pub struct Exceptions {
    ends: BTreeMap<Name, u32>,
    own_zones: Option<Arc<dyn OwnZones>>,
}

/// The seconds for which a zone with its own servers is known to be one: a reload may end that.
const OWN_ZONE_SECONDS: u32 = 60;

impl Exceptions {
    /// Creates a list. Of two exceptions for one zone, the later end counts.
    pub fn new(exceptions: impl IntoIterator<Item = Exception>) -> Exceptions {
        let mut ends = BTreeMap::new();
        for Exception { zone, end } in exceptions {
            let latest = ends.entry(zone).or_insert(end);
            *latest = end.max(*latest);
        }
        Exceptions {
            ends,
            own_zones: None,
        }
    }

    /// Adds the zones with servers that the operator has named.
    #[must_use]
    pub fn with_own_zones(self, own_zones: Arc<dyn OwnZones>) -> Exceptions {
        let own_zones = Some(own_zones);
        Exceptions { own_zones, ..self }
    }

    /// Whether a zone is not validated since it has servers that the operator has named. That has no
    /// end.
    pub fn is_own(&self, zone: &Name) -> bool {
        let own_zones = self.own_zones.as_ref();
        own_zones.is_some_and(|zones| zones.closest(zone).is_some())
    }

    /// Returns the closest zone at or above a name that is not validated, and the seconds that this
    /// will last.
    pub fn closest(&self, name: &Name, now: u32) -> Option<(Name, u32)> {
        let own_zones = self.own_zones.as_ref();
        if let Some(zone) = own_zones.and_then(|zones| zones.closest(name)) {
            return Some((zone, OWN_ZONE_SECONDS));
        }
        if self.ends.is_empty() {
            return None;
        }
        // todo: Go up from the name, the name first. Return the first zone with an end that is later
        // than `now`, and the seconds until then. An exception that has ended hides no other above it.
        name.ancestors().find_map(|zone| {
            let end = self.ends.get(&zone)?;
            let left = end.checked_sub(now).filter(|left| *left > 0)?;
            Some((zone, left))
        })
        // end todo
    }
}
