//! [`Zones`]: all zones of a lab, and the lookups that need more than one of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use dnsparse::{Name, Rdata, Record, RecordType, Zone};

use crate::error::LabBuildError;
use crate::lazy_zone::LazyZone;
use crate::served_zone::ServedZone;

/// Zones by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Zones {
    by_apex: BTreeMap<Name, Arc<LazyZone>>,
}

impl Zones {
    pub(crate) fn add(&mut self, zone: LazyZone) -> Result<(), LabBuildError> {
        let apex = zone.apex().clone();
        let origin = apex.to_string();
        match self.by_apex.insert(apex, Arc::new(zone)) {
            Some(_) => Err(LabBuildError::Twice { origin }),
            None => Ok(()),
        }
    }

    /// Adds to a zone the records that signing has added to it.
    pub(crate) fn sign(
        &mut self,
        apex: &Name,
        signatures: Cow<'static, str>,
    ) -> Result<(), LabBuildError> {
        let zone = self.by_apex.get_mut(apex);
        let zone = zone.ok_or_else(|| LabBuildError::NoZone {
            origin: apex.to_string(),
        })?;
        *zone = Arc::new(zone.signed_for_later(signatures));
        Ok(())
    }

    /// Returns the records of a zone.
    pub(crate) fn records(&self, apex: &Name) -> Option<Zone> {
        let records = self.by_apex.get(apex)?.zone().records();
        Some(Zone {
            origin: apex.clone(),
            records,
        })
    }

    /// Returns the names of all zones.
    pub(crate) fn apexes(&self) -> impl Iterator<Item = &Name> {
        self.by_apex.keys()
    }

    /// Returns the deepest zone that a name is in, of those whose apex passes `is_eligible`. The DS
    /// records at a zone's apex are in its parent, if that is eligible (RFC 4035 section 3.1.4.1).
    pub(crate) fn deepest(
        &self,
        qname: &Name,
        qtype: RecordType,
        is_eligible: impl Fn(&Name) -> bool,
    ) -> Option<&ServedZone> {
        let around = qname.ancestors().filter(|apex| is_eligible(apex));
        let mut zones = around
            .filter_map(|apex| self.by_apex.get(&apex))
            .map(|zone| zone.zone());
        let deepest = zones.next()?;
        match qtype {
            RecordType::DS if deepest.tree().apex() == qname => zones.next().or(Some(deepest)),
            _ => Some(deepest),
        }
    }

    /// Returns the servers that the NS records at a zone's apex name; none without such a zone.
    pub(crate) fn name_servers(&self, apex: &Name) -> impl Iterator<Item = &Name> {
        let tree = self.by_apex.get(apex).map(|zone| zone.zone().tree());
        let records = tree.map(|tree| tree.rrset(apex, RecordType::NS));
        records.into_iter().flatten().filter_map(ns_target)
    }

    /// Returns the addresses of a host, from the deepest zone that it is in.
    pub(crate) fn addresses(&self, host: &Name) -> Vec<IpAddr> {
        let zone = self.deepest(host, RecordType::A, |_| true);
        let node = zone.and_then(|zone| zone.tree().node(host));
        let node = node.unwrap_or_default();
        node.iter().filter_map(Record::address).collect()
    }
}

fn ns_target(record: &Record) -> Option<&Name> {
    match &record.rdata {
        Rdata::Ns(host) => Some(host),
        _ => None,
    }
}
