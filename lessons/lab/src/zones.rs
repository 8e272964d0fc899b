//! [`Zones`]: all zones of a lab, and the lookups that need more than one of them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use dnsparse::{Name, Rdata, Record, RecordType};
use zone::ZoneTree;

use crate::error::LabBuildError;
use crate::lazy_zone::LazyZone;

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
    ) -> Option<&ZoneTree> {
        let around = qname.ancestors().filter(|apex| is_eligible(apex));
        let mut trees = around
            .filter_map(|apex| self.by_apex.get(&apex))
            .map(|zone| zone.tree());
        let deepest = trees.next()?;
        match qtype {
            RecordType::DS if deepest.apex() == qname => trees.next().or(Some(deepest)),
            _ => Some(deepest),
        }
    }

    /// Returns the servers that the NS records at a zone's apex name; none without such a zone.
    pub(crate) fn name_servers(&self, apex: &Name) -> impl Iterator<Item = &Name> {
        let tree = self.by_apex.get(apex).map(|zone| zone.tree());
        let records = tree.map(|tree| tree.rrset(apex, RecordType::NS));
        records.into_iter().flatten().filter_map(ns_target)
    }

    /// Returns the addresses of a host, from the deepest zone that it is in.
    pub(crate) fn addresses(&self, host: &Name) -> Vec<IpAddr> {
        let tree = self.deepest(host, RecordType::A, |_| true);
        let node = tree.and_then(|tree| tree.node(host)).unwrap_or_default();
        node.iter().filter_map(Record::address).collect()
    }
}

fn ns_target(record: &Record) -> Option<&Name> {
    match &record.rdata {
        Rdata::Ns(host) => Some(host),
        _ => None,
    }
}
