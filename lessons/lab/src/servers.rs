//! [`Servers`]: which server answers from which zones, and what it says.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use dnsparse::{Name, Rcode, Rdata, Record, RecordType};
use network::Via;
use zone::ZoneTree;

use crate::builder::LazyZone;
use crate::front::{self, RESOLVER};
use crate::script::Reaction;
use crate::server::respond;

/// What servers always do instead of telling the plain truth at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Habits {
    /// What they say instead.
    pub(crate) reactions: BTreeMap<(IpAddr, Via), Reaction>,
    /// How long they take, where that is not as long as others do.
    pub(crate) latencies: BTreeMap<IpAddr, Duration>,
}

/// All zones and all servers, settled: the same question always has the same answer.
#[derive(Debug)]
pub(crate) struct Servers {
    zones: BTreeMap<Name, Arc<LazyZone>>,
    /// Servers of which no NS record tells, with the zone that they serve.
    extra: Vec<(IpAddr, Name)>,
    habits: Habits,
    /// Worked out when the first of them is asked; the recursive front gets along without.
    by_address: OnceLock<BTreeMap<IpAddr, Server>>,
}

/// A server of a lab, as [`Lab::hosts`](crate::Lab::hosts) lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Where it is.
    pub address: SocketAddr,
    /// The names that NS records have for it; none if none tells of it.
    pub names: Vec<Name>,
    /// The zones that it answers from.
    pub zones: Vec<Name>,
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
    pub(crate) fn new(
        zones: BTreeMap<Name, Arc<LazyZone>>,
        extra: Vec<(IpAddr, Name)>,
        habits: Habits,
    ) -> Servers {
        Servers {
            zones,
            extra,
            habits,
            by_address: OnceLock::new(),
        }
    }

    /// What the server at an address replies to a message; none if it ignores it, or if there is no server.
    pub(crate) fn answer(&self, server: SocketAddr, via: Via, message: &[u8]) -> Option<Vec<u8>> {
        let truth = || self.truth(server, via, message);
        match self.habits.reactions.get(&(server.ip(), via)) {
            Some(habit) => habit.reply(via, message, truth),
            None => truth(),
        }
    }

    /// How long the server at an address takes, if that was said of it.
    pub(crate) fn latency(&self, server: SocketAddr) -> Option<Duration> {
        self.habits.latencies.get(&server.ip()).copied()
    }

    fn truth(&self, server: SocketAddr, via: Via, message: &[u8]) -> Option<Vec<u8>> {
        if server == RESOLVER {
            return respond(message, via, |question, reply| {
                front::resolve(self, question, reply)
            });
        }
        let Server { zones, .. } = self.at(server)?;
        respond(message, via, |question, reply| {
            match self.deepest(&question.qname, question.qtype, |apex| zones.contains(apex)) {
                Some(tree) => tree.answer(question, reply),
                None => reply.header.rcode = Rcode::REFUSED,
            }
        })
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
        let mut trees = around
            .filter_map(|apex| self.zones.get(&apex))
            .map(|zone| zone.tree());
        let deepest = trees.next()?;
        match qtype {
            RecordType::DS if deepest.apex() == qname => trees.next().or(Some(deepest)),
            _ => Some(deepest),
        }
    }

    /// A host's addresses, as the deepest zone around it has them.
    pub(crate) fn addresses(&self, host: &Name) -> Vec<IpAddr> {
        let tree = self.deepest(host, RecordType::A, |_| true);
        let node = tree.and_then(|tree| tree.node(host)).unwrap_or_default();
        node.iter().filter_map(Record::address).collect()
    }

    /// Whether anything listens there.
    pub(crate) fn is_there(&self, server: SocketAddr) -> bool {
        server == RESOLVER || self.at(server).is_some()
    }

    /// The first name of the server at an address.
    pub(crate) fn name_of(&self, server: SocketAddr) -> Option<&Name> {
        self.at(server)?.names.first()
    }

    /// All servers, in the order of their addresses.
    pub(crate) fn hosts(&self) -> Vec<Host> {
        let host = |(address, server): (&IpAddr, &Server)| Host {
            address: SocketAddr::new(*address, RESOLVER.port()),
            names: server.names.clone(),
            zones: server.zones.iter().cloned().collect(),
        };
        self.by_address().iter().map(host).collect()
    }

    fn by_address(&self) -> &BTreeMap<IpAddr, Server> {
        self.by_address.get_or_init(|| self.derive())
    }

    fn at(&self, server: SocketAddr) -> Option<&Server> {
        self.by_address()
            .get(&server.ip())
            .filter(|_| server.port() == RESOLVER.port())
    }

    /// Goes from each zone to the names of its servers, and from these to their addresses.
    fn derive(&self) -> BTreeMap<IpAddr, Server> {
        let mut known: HashMap<Name, Vec<IpAddr>> = HashMap::new();
        let mut by_address = BTreeMap::<IpAddr, Server>::new();
        for (apex, zone) in &self.zones {
            for host in zone
                .tree()
                .rrset(apex, RecordType::NS)
                .filter_map(ns_target)
            {
                let addresses = known
                    .entry(host.clone())
                    .or_insert_with(|| self.addresses(host));
                for address in addresses {
                    by_address
                        .entry(*address)
                        .or_default()
                        .serve(apex, Some(host));
                }
            }
        }
        for (address, apex) in &self.extra {
            by_address.entry(*address).or_default().serve(apex, None);
        }
        by_address
    }
}

impl Server {
    fn serve(&mut self, apex: &Name, called: Option<&Name>) {
        self.zones.insert(apex.clone());
        self.names
            .extend(called.filter(|name| !self.names.contains(name)).cloned());
    }
}

fn ns_target(record: &Record) -> Option<&Name> {
    match &record.rdata {
        Rdata::Ns(host) => Some(host),
        _ => None,
    }
}
