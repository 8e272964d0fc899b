//! [`World`]: zones, and who serves them.
//!
//! Who serves what is written nowhere: a zone's servers are those its own NS records name, at the addresses that the zones
//! give these names. So a zone file is all it takes to add a server.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use dnsparse::{Name, Rdata, Record, RecordType, Zone, ZoneError};
use network::Via;
use zone::{LoadError, ZoneTree};

use crate::channel::Lab;
use crate::front::{self, RESOLVER};
use crate::server::respond;

/// How long a server takes from question to reply, where nothing else is said.
const LATENCY: Duration = Duration::from_millis(10);

/// A lab in the making: zones and servers, and then [`World::build`].
///
/// ```
/// use lab::World;
///
/// let lab = World::new()
///     .zone("test.", "@ 60 SOA ns mail 1 1d 2h 4w 5m\n@ 60 NS ns\nns 60 A 192.0.2.1\nwww 60 A 192.0.2.80")
///     .zone("hidden.test.", "@ 60 SOA ns.test. mail 1 1d 2h 4w 5m\n@ 60 TXT \"no NS record names my server\"")
///     .server("192.0.2.2", ["hidden.test."])
///     .build()?;
/// assert_eq!(lab.server("ns.test."), Some("192.0.2.1:53".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct World {
    zones: BTreeMap<Name, Arc<ZoneTree>>,
    /// What [`World::server`] said, beyond what the zones say.
    servers: Vec<(IpAddr, Name)>,
    /// The first thing that went wrong.
    error: Option<WorldError>,
}

/// Why a world cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// A zone's text cannot be read.
    #[error("zone {origin}: {error}")]
    Unreadable {
        /// The zone, as given.
        origin: String,
        /// Where, and what is wrong.
        error: ZoneError,
    },
    /// A zone's records do not make a zone.
    #[error("zone {origin}: {reason}")]
    NotAZone {
        /// The zone, as given.
        origin: String,
        /// Which rule is broken, in one sentence.
        reason: String,
    },
    /// A zone's name that is none.
    #[error("'{text}' is not a name")]
    BadName {
        /// What was given.
        text: String,
    },
    /// A server's address that is none.
    #[error("'{text}' is not an address, such as 192.0.2.1 or 2001:db8::1")]
    BadAddress {
        /// What was given.
        text: String,
    },
    /// Two zones of one name.
    #[error("there are two zones {origin}")]
    Twice {
        /// Their name.
        origin: String,
    },
}

impl World {
    /// Nothing: no zone, no server but the [`RESOLVER`](crate::RESOLVER).
    pub fn new() -> World {
        World::default()
    }

    /// Adds a zone from the text of its file. What is wrong with it, [`World::build`] says.
    #[must_use]
    pub fn zone(self, origin: &str, text: &str) -> World {
        self.attempt(|world| {
            let unreadable = |error| WorldError::Unreadable { origin: origin.to_owned(), error };
            world.add(&Zone::parse(text, &name(origin)?).map_err(unreadable)?)
        })
    }

    /// Adds a zone that was read already.
    #[must_use]
    pub fn with(self, zone: &Zone) -> World {
        self.attempt(|world| world.add(zone))
    }

    /// Has a server at an address answer from these zones too, whatever their NS records say.
    #[must_use]
    pub fn server<'o>(self, address: &str, zones: impl IntoIterator<Item = &'o str>) -> World {
        self.attempt(|world| {
            let bad = |_| WorldError::BadAddress { text: address.to_owned() };
            let address = address.parse().map_err(bad)?;
            for zone in zones {
                world.servers.push((address, name(zone)?));
            }
            Ok(())
        })
    }

    /// The lab.
    ///
    /// # Errors
    /// The first thing that was wrong with a zone or a server.
    pub fn build(self) -> Result<Lab, WorldError> {
        self.into_servers().map(|servers| Lab::over(Arc::new(servers)))
    }

    pub(crate) fn into_servers(self) -> Result<Servers, WorldError> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(Servers::new(self.zones, self.servers)),
        }
    }

    fn attempt(mut self, change: impl FnOnce(&mut World) -> Result<(), WorldError>) -> World {
        if self.error.is_none() {
            self.error = change(&mut self).err();
        }
        self
    }

    fn add(&mut self, zone: &Zone) -> Result<(), WorldError> {
        let origin = zone.origin.to_string();
        let not_a_zone =
            |error: LoadError| WorldError::NotAZone { origin: origin.clone(), reason: error.to_string() };
        let tree = ZoneTree::new(zone).map_err(not_a_zone)?;
        match self.zones.insert(zone.origin.clone(), Arc::new(tree)) {
            Some(_) => Err(WorldError::Twice { origin }),
            None => Ok(()),
        }
    }
}

fn name(text: &str) -> Result<Name, WorldError> {
    text.parse().map_err(|_| WorldError::BadName { text: text.to_owned() })
}

/// All zones and all servers, settled: this answers, the same question always the same.
#[derive(Debug)]
pub(crate) struct Servers {
    zones: BTreeMap<Name, Arc<ZoneTree>>,
    by_address: BTreeMap<IpAddr, Server>,
}

/// What answers at one address.
#[derive(Debug, Default)]
struct Server {
    /// The names that NS records have for it, in the order of their zones.
    names: Vec<Name>,
    /// The zones that it answers from.
    zones: BTreeSet<Name>,
}

impl Servers {
    fn new(zones: BTreeMap<Name, Arc<ZoneTree>>, extra: Vec<(IpAddr, Name)>) -> Servers {
        let mut servers = Servers { zones, by_address: BTreeMap::new() };
        let mut serving: Vec<(IpAddr, Option<Name>, Name)> = Vec::new();
        for (apex, tree) in &servers.zones {
            for host in tree.rrset(apex, RecordType::NS).filter_map(ns_target) {
                let addresses = servers.addresses(host).into_iter();
                serving.extend(addresses.map(|address| (address, Some(host.clone()), apex.clone())));
            }
        }
        serving.extend(extra.into_iter().map(|(address, apex)| (address, None, apex)));
        for (address, host, apex) in serving {
            let server = servers.by_address.entry(address).or_default();
            server.zones.insert(apex);
            server.names.extend(host.filter(|host| !server.names.contains(host)));
        }
        servers
    }

    /// A host's addresses: what the deepest zone around it says, or else any other zone's glue.
    pub(crate) fn addresses(&self, host: &Name) -> Vec<IpAddr> {
        let own = self.deepest(host, RecordType::A, |_| true);
        let own: Vec<IpAddr> = own.into_iter().flat_map(|tree| addresses_in(tree, host)).collect();
        if !own.is_empty() {
            return own;
        }
        let all: BTreeSet<IpAddr> =
            self.zones.values().flat_map(|tree| addresses_in(tree, host)).collect();
        all.into_iter().collect()
    }

    /// The deepest of some zones that a name lies in. DS at the very beginning of a zone belongs to the one above, if that
    /// is among them (RFC 4035 section 3.1.4.1).
    pub(crate) fn deepest(
        &self,
        qname: &Name,
        qtype: RecordType,
        among: impl Fn(&Name) -> bool,
    ) -> Option<&ZoneTree> {
        let around = qname.ancestors().filter(|apex| among(apex));
        let mut trees = around.filter_map(|apex| self.zones.get(&apex)).map(Arc::as_ref);
        let deepest = trees.next()?;
        match qtype {
            RecordType::DS if deepest.apex() == qname => trees.next().or(Some(deepest)),
            _ => Some(deepest),
        }
    }

    /// What the server at an address replies to a message; none if it ignores it, or if there is no server.
    pub(crate) fn answer(&self, server: SocketAddr, via: Via, message: &[u8]) -> Option<Vec<u8>> {
        if server == RESOLVER {
            return respond(message, via, |question, reply| front::resolve(self, question, reply));
        }
        let Server { zones, .. } = self.at(server)?;
        respond(message, via, |question, reply| {
            match self.deepest(&question.qname, question.qtype, |apex| zones.contains(apex)) {
                Some(tree) => tree.answer(question, reply),
                None => reply.header.rcode = dnsparse::Rcode::REFUSED,
            }
        })
    }

    /// Whether anything listens there.
    pub(crate) fn is_there(&self, server: SocketAddr) -> bool {
        server == RESOLVER || self.at(server).is_some()
    }

    /// The first name of the server at an address.
    pub(crate) fn name_of(&self, server: SocketAddr) -> Option<&Name> {
        self.at(server)?.names.first()
    }

    pub(crate) fn latency(&self, _server: SocketAddr) -> Duration {
        LATENCY
    }

    fn at(&self, server: SocketAddr) -> Option<&Server> {
        self.by_address.get(&server.ip()).filter(|_| server.port() == RESOLVER.port())
    }
}

fn ns_target(record: &Record) -> Option<&Name> {
    match &record.rdata {
        Rdata::Ns(host) => Some(host),
        _ => None,
    }
}

fn addresses_in(tree: &ZoneTree, host: &Name) -> impl Iterator<Item = IpAddr> {
    tree.node(host).unwrap_or_default().iter().filter_map(|record| match record.rdata {
        Rdata::A(address) => Some(address.into()),
        Rdata::Aaaa(address) => Some(address.into()),
        _ => None,
    })
}
