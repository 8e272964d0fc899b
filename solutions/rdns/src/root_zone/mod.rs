//! The root zone locally (RFC 8806): queries for top-level domains are answered from a copy of the
//! root zone, and reach no root server.
//!
//! | module | does |
//! | --- | --- |
//! | [`copy`] | one version of the zone, checked, which answers queries until it expires |
//! | [`digest`] | the zone's digest, ZONEMD (RFC 8976) |
//! | [`network`] | passes queries for the copy's address to the copy, and all others on |
//! | [`refresh`] | gets newer versions, from a file or by zone transfers |
//!
//! RFC 8806 has a name server beside the resolver, which loads the root zone and has an address of
//! the loopback network. Here that server is inside the process, behind an address that no other
//! server can have: so walks, caches, selection and validation are the same as for every zone. A
//! copy that is too old, or was found wrong by validation, is passed by: then the root servers are
//! queried as usual.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use dnsparse::Name;
use referral::{Delegation, NameServer};

pub mod copy;
pub mod digest;
pub mod network;
pub mod refresh;

pub use copy::RootCopy;
pub use network::WithRootZone;

/// The address of the copy, as the search knows it: one of 0.0.0.0/8, which no server can have (RFC
/// 1122 section 3.2.1.3).
pub const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(0, 88, 0, 6));

/// The copy of the root zone that is in use; none if there is none, or if it has expired. Cloning it
/// gives another handle on the same one.
#[derive(Debug, Clone, Default)]
pub struct RootZone {
    copy: Arc<ArcSwapOption<RootCopy>>,
}

impl RootZone {
    /// Returns the copy, unless it has expired.
    pub fn current(&self) -> Option<Arc<RootCopy>> {
        self.copy.load_full().filter(|copy| !copy.has_expired())
    }

    /// Returns the copy, even if it has expired.
    pub fn latest(&self) -> Option<Arc<RootCopy>> {
        self.copy.load_full()
    }

    /// Has queries answered from this copy.
    pub fn set(&self, copy: RootCopy) {
        self.copy.store(Some(Arc::new(copy)));
    }

    /// Puts the copy before the servers of the root.
    pub fn before(&self, mut root: Delegation) -> Delegation {
        if root.zone.is_root() && self.current().is_some() {
            let copy = NameServer {
                name: Name::ROOT,
                addresses: vec![ADDRESS],
            };
            root.servers.insert(0, copy);
        }
        root
    }
}
