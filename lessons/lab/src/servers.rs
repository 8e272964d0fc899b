//! [`Servers`]: the zones that each server answers from, and its replies.

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

/// The permanent misbehaviour of servers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Misbehaviour {
    /// The reactions in place of replies from their zones.
    pub(crate) reactions: BTreeMap<(IpAddr, Via), Reaction>,
    /// The latencies that differ from the others'.
    pub(crate) latencies: BTreeMap<IpAddr, Duration>,
}

/// All zones and all servers. They do not change: the same query always has the same reply.
#[derive(Debug)]
pub(crate) struct Servers {
    zones: BTreeMap<Name, Arc<LazyZone>>,
    /// Servers that no NS record lists, with the zone that they serve.
    extra: Vec<(IpAddr, Name)>,
    misbehaviour: Misbehaviour,
    /// Computed at the first query to an authoritative server; the recursive resolver needs none.
    by_address: OnceLock<BTreeMap<IpAddr, Server>>,
}

/// A server of a lab, as [`Lab::hosts`](crate::Lab::hosts) lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Its address.
    pub address: SocketAddr,
    /// Its names in NS records; none if no NS record lists it.
    pub names: Vec<Name>,
    /// The zones that it answers from.
    pub zones: Vec<Name>,
}

/// The server at one address.
#[derive(Debug, Default)]
struct Server {
    /// Its names in NS records, in the order of their zones.
    names: Vec<Name>,
    /// The zones that it answers from.
    zones: BTreeSet<Name>,
}

impl Servers {
    pub(crate) fn new(
        zones: BTreeMap<Name, Arc<LazyZone>>,
        extra: Vec<(IpAddr, Name)>,
        misbehaviour: Misbehaviour,
    ) -> Servers {
        Servers {
            zones,
            extra,
            misbehaviour,
            by_address: OnceLock::new(),
        }
    }

    /// Returns the reply of the server at an address to a message; none if the message gets no reply,
    /// or there is no server.
    pub(crate) fn answer(&self, server: SocketAddr, via: Via, message: &[u8]) -> Option<Vec<u8>> {
        let truth = || self.truth(server, via, message);
        match self.misbehaviour.reactions.get(&(server.ip(), via)) {
            Some(habit) => habit.reply(via, message, truth),
            None => truth(),
        }
    }

    /// Returns the latency of the server at an address, if it has its own.
    pub(crate) fn latency(&self, server: SocketAddr) -> Option<Duration> {
        self.misbehaviour.latencies.get(&server.ip()).copied()
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

    /// Returns the deepest of the given zones that a name is in. The DS records at a zone's apex are in
    /// its parent, if that is among them (RFC 4035 section 3.1.4.1).
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

    /// The servers of the root zone, with their addresses.
    pub(crate) fn root_hints(&self) -> Vec<(Name, Vec<IpAddr>)> {
        let Some(root) = self.zones.get(&Name::ROOT) else {
            return Vec::new();
        };
        let servers = root.tree().rrset(&Name::ROOT, RecordType::NS);
        servers
            .filter_map(ns_target)
            .map(|host| (host.clone(), self.addresses(host)))
            .collect()
    }

    /// Returns the addresses of a host, from the deepest zone that it is in.
    pub(crate) fn addresses(&self, host: &Name) -> Vec<IpAddr> {
        let tree = self.deepest(host, RecordType::A, |_| true);
        let node = tree.and_then(|tree| tree.node(host)).unwrap_or_default();
        node.iter().filter_map(Record::address).collect()
    }

    /// Returns whether there is a server at an address.
    pub(crate) fn is_there(&self, server: SocketAddr) -> bool {
        server == RESOLVER || self.at(server).is_some()
    }

    /// Returns the first name of the server at an address.
    pub(crate) fn name_of(&self, server: SocketAddr) -> Option<&Name> {
        self.at(server)?.names.first()
    }

    /// Returns all servers, in the order of their addresses.
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

    /// Maps each zone to the names of its servers, and these to their addresses.
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
