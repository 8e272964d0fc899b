//! [`LazyZone`]: a zone that is parsed when it is first needed. Most tests need few of all zones.

use std::borrow::Cow;
use std::sync::OnceLock;

use dnsparse::{Name, Zone};
use zone::ZoneTree;

use crate::error::LabBuildError;
use crate::zone_text::parse_with_soa;

/// A zone file, and the zone as soon as it is parsed.
#[derive(Debug)]
pub(crate) struct LazyZone {
    apex: Name,
    text: Cow<'static, str>,
    tree: OnceLock<ZoneTree>,
}

impl LazyZone {
    /// Wraps a zone file that is known to be valid, and parses it later. If it has no SOA record,
    /// it gets one.
    pub(crate) fn for_later(apex: Name, text: Cow<'static, str>) -> LazyZone {
        let tree = OnceLock::new();
        LazyZone { apex, text, tree }
    }

    /// Parses a zone file now.
    pub(crate) fn parse(apex: Name, text: &str) -> Result<LazyZone, LabBuildError> {
        parse_tree(&apex, text).map(|tree| LazyZone::parsed(apex, tree))
    }

    /// Wraps the records of a zone.
    pub(crate) fn from_zone(zone: &Zone) -> Result<LazyZone, LabBuildError> {
        tree_of(zone).map(|tree| LazyZone::parsed(zone.origin.clone(), tree))
    }

    fn parsed(apex: Name, tree: ZoneTree) -> LazyZone {
        LazyZone {
            apex,
            text: Cow::Borrowed(""),
            tree: OnceLock::from(tree),
        }
    }

    pub(crate) fn apex(&self) -> &Name {
        &self.apex
    }

    /// Returns the zone, and parses it at the first call.
    ///
    /// # Panics
    /// If the text is no valid zone. A test proves that each file in the folder `zones` is one.
    pub(crate) fn tree(&self) -> &ZoneTree {
        self.tree.get_or_init(|| {
            match parse_with_soa(&self.text, &self.apex).and_then(|zone| tree_of(&zone)) {
                Ok(tree) => tree,
                Err(error) => panic!("lessons/lab/zones: {error}"),
            }
        })
    }
}

fn parse_tree(apex: &Name, text: &str) -> Result<ZoneTree, LabBuildError> {
    let zone = Zone::parse(text, apex).map_err(|error| LabBuildError::Unreadable {
        origin: apex.to_string(),
        error: Box::new(error),
    })?;
    tree_of(&zone)
}

fn tree_of(zone: &Zone) -> Result<ZoneTree, LabBuildError> {
    ZoneTree::new(zone).map_err(|error| LabBuildError::NotAZone {
        origin: zone.origin.to_string(),
        reason: error.to_string(),
    })
}
