//! [`Servers`]: the zones that each server answers from, and its replies.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use dnsparse::{Name, Rcode, Zone};
use network::Via;

use crate::recursive::{self, RESOLVER};
use crate::respond::respond;
use crate::script::Reaction;
use crate::zones::Zones;

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
    zones: Zones,
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
        zones: Zones,
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

    /// Returns the reply of the server at an address to a message; none if the message gets no
    /// reply, or there is no server.
    pub(crate) fn answer(&self, server: SocketAddr, via: Via, message: &[u8]) -> Option<Vec<u8>> {
        let truth = || self.truth(server, via, message);
        match self.misbehaviour.reactions.get(&(server.ip(), via)) {
            Some(reaction) => reaction.reply(via, message, truth),
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
                recursive::resolve(&self.zones, question, reply)
            });
        }
        let Server { zones, .. } = self.at(server)?;
        respond(message, via, |question, reply| {
            let is_served = |apex: &Name| zones.contains(apex);
            match self
                .zones
                .deepest(&question.qname, question.qtype, is_served)
            {
                Some(zone) => zone.answer(question, reply),
                None => reply.header.rcode = Rcode::REFUSED,
            }
        })
    }

    /// Returns the records of a zone.
    pub(crate) fn zone(&self, apex: &Name) -> Option<Zone> {
        self.zones.records(apex)
    }

    /// Returns the names of all zones.
    pub(crate) fn apexes(&self) -> impl Iterator<Item = &Name> {
        self.zones.apexes()
    }

    /// Returns the servers of the root zone, with their addresses.
    pub(crate) fn root_hints(&self) -> Vec<(Name, Vec<IpAddr>)> {
        let servers = self.zones.name_servers(&Name::ROOT);
        servers
            .map(|host| (host.clone(), self.addresses(host)))
            .collect()
    }

    /// Returns the addresses of a host, from the deepest zone that it is in.
    pub(crate) fn addresses(&self, host: &Name) -> Vec<IpAddr> {
        self.zones.addresses(host)
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
        let mut addresses: HashMap<&Name, Vec<IpAddr>> = HashMap::new();
        let mut by_address = BTreeMap::<IpAddr, Server>::new();
        for apex in self.zones.apexes() {
            for host in self.zones.name_servers(apex) {
                let addresses = addresses
                    .entry(host)
                    .or_insert_with(|| self.addresses(host));
                for address in addresses {
                    let server = by_address.entry(*address).or_default();
                    server.serve(apex, Some(host));
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
