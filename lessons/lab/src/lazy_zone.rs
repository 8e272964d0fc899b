//! [`LazyZone`]: a zone that is parsed when it is first needed. Most tests need few of all zones.

use std::borrow::Cow;
use std::sync::OnceLock;

use dnsparse::{Name, Zone};

use crate::error::LabBuildError;
use crate::served_zone::ServedZone;
use crate::zone_text::parse_with_soa;

/// A zone file, and the zone as soon as it is parsed.
#[derive(Debug)]
pub(crate) struct LazyZone {
    apex: Name,
    text: Cow<'static, str>,
    /// The records that signing has added to those of the text.
    signatures: Cow<'static, str>,
    zone: OnceLock<ServedZone>,
}

impl LazyZone {
    /// Wraps a zone file that is known to be valid, and parses it later. If it has no SOA record,
    /// it gets one.
    pub(crate) fn for_later(apex: Name, text: Cow<'static, str>) -> LazyZone {
        LazyZone {
            apex,
            text,
            signatures: Cow::Borrowed(""),
            zone: OnceLock::new(),
        }
    }

    /// Wraps the same zone, with the records that signing has added to it. They are known to be
    /// valid.
    pub(crate) fn signed_for_later(&self, signatures: Cow<'static, str>) -> LazyZone {
        LazyZone {
            signatures,
            ..LazyZone::for_later(self.apex.clone(), self.text.clone())
        }
    }

    /// Parses a zone file now.
    pub(crate) fn parse(apex: Name, text: &str) -> Result<LazyZone, LabBuildError> {
        let zone = parse_records(&apex, text)?;
        LazyZone::from_zone(&zone)
    }

    /// Wraps the records of a zone.
    pub(crate) fn from_zone(zone: &Zone) -> Result<LazyZone, LabBuildError> {
        let served = served(zone)?;
        Ok(LazyZone {
            zone: OnceLock::from(served),
            // Signing adds to the text.
            ..LazyZone::for_later(zone.origin.clone(), zone.to_string().into())
        })
    }

    pub(crate) fn apex(&self) -> &Name {
        &self.apex
    }

    /// Returns the zone, and parses it at the first call.
    ///
    /// # Panics
    /// If the text is no valid zone. A test proves that each file in the folder `zones` is one.
    pub(crate) fn zone(&self) -> &ServedZone {
        self.zone.get_or_init(|| match self.load() {
            Ok(zone) => zone,
            Err(error) => panic!("lessons/lab/zones: {error}"),
        })
    }

    fn load(&self) -> Result<ServedZone, LabBuildError> {
        let mut zone = parse_with_soa(&self.text, &self.apex)?;
        let signatures = parse_records(&self.apex, &self.signatures)?;
        zone.records.extend(signatures.records);
        served(&zone)
    }
}

fn parse_records(apex: &Name, text: &str) -> Result<Zone, LabBuildError> {
    Zone::parse(text, apex).map_err(|error| LabBuildError::Unreadable {
        origin: apex.to_string(),
        error: Box::new(error),
    })
}

fn served(zone: &Zone) -> Result<ServedZone, LabBuildError> {
    ServedZone::new(zone).map_err(|error| LabBuildError::NotAZone {
        origin: zone.origin.to_string(),
        reason: error.to_string(),
    })
}
