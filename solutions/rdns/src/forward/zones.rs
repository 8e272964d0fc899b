//! [`Zones`]: the zones with servers of their own.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr, UdpSocket};

use dnsparse::{Name, Question, RecordType};
use referral::{Delegation, NameServer};

use crate::config::local::{ServerText, UpstreamZone};
use crate::config::{Config, ConfigError};

/// The TTL of a configured delegation, in seconds. It is never cached.
const TTL: u32 = 3_600;

/// All zones with servers of their own.
#[derive(Debug, Default)]
pub struct Zones {
    zones: HashMap<Name, ZoneServers>,
    /// The addresses of all their servers.
    addresses: HashSet<IpAddr>,
}

/// The servers of one zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneServers {
    servers: Vec<SocketAddr>,
    /// Whether they are recursive resolvers.
    is_forwarded: bool,
}

impl Zones {
    /// Checks the zones of a configuration.
    ///
    /// # Errors
    /// If a zone is there twice, or one of its servers cannot be told from another.
    pub fn load(config: &Config) -> Result<Zones, ConfigError> {
        let mut zones = Zones::default();
        let stubs = config.stub.iter().map(|zone| (zone, false));
        let forwards = config.forward.iter().map(|zone| (zone, true));
        for (zone, is_forwarded) in stubs.chain(forwards) {
            zones
                .add(zone, is_forwarded, config)
                .map_err(ConfigError::Setting)?;
        }
        Ok(zones)
    }

    fn add(
        &mut self,
        zone: &UpstreamZone,
        is_forwarded: bool,
        config: &Config,
    ) -> Result<(), String> {
        let name = &zone.zone.0;
        let servers: Vec<SocketAddr> = zone.servers.iter().map(|ServerText(it)| *it).collect();
        for (place, server) in servers.iter().enumerate() {
            if config.listen.iter().any(|own| reaches(own.0, *server)) {
                return Err(format!(
                    "the zone {name} has the server {server}, but that is this server itself: name the one behind it"
                ));
            }
            let others = servers.iter().take(place);
            if others.clone().any(|other| other.ip() == server.ip()) {
                return Err(format!(
                    "the zone {name} has two servers at {}: a server is known by its address, so give each its own",
                    server.ip()
                ));
            }
        }
        self.addresses.extend(servers.iter().map(SocketAddr::ip));
        let zone = ZoneServers {
            servers,
            is_forwarded,
        };
        match self.zones.insert(name.clone(), zone) {
            None => Ok(()),
            Some(_) => Err(format!(
                "the zone {name} is there twice: write all of its servers into one [[forward]] or [[stub]]"
            )),
        }
    }

    /// Returns the names of the zones.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.zones.keys()
    }

    /// Returns the zone with servers of its own that a name is in, the closest one.
    pub fn zone_of(&self, name: &Name) -> Option<(Name, &ZoneServers)> {
        if self.zones.is_empty() {
            return None;
        }
        let mut zones = name.ancestors();
        zones.find_map(|zone| self.zones.get(&zone).map(|servers| (zone, servers)))
    }

    /// Returns the zone that a walk for a question starts in. The DS records of a zone are in its
    /// parent.
    pub fn start(&self, question: &Question) -> Option<(Name, &ZoneServers)> {
        match (question.qtype, question.qname.parent()) {
            (RecordType::DS, Some(parent)) => self.zone_of(&parent),
            _ => self.zone_of(&question.qname),
        }
    }

    /// Returns the servers of a zone that is configured.
    pub fn get(&self, zone: &Name) -> Option<&ZoneServers> {
        self.zones.get(zone)
    }

    /// Whether an address is that of a configured server.
    pub fn has_address(&self, address: IpAddr) -> bool {
        self.addresses.contains(&address)
    }

    /// Returns the zones that two configurations have different servers for.
    pub fn differences(&self, other: &Zones) -> HashSet<Name> {
        let names = self.names().chain(other.names());
        let differs = names.filter(|name| self.zones.get(*name) != other.zones.get(*name));
        differs.cloned().collect()
    }
}

/// Whether a query to `server` arrives at a socket that is bound to `own`.
fn reaches(own: SocketAddr, server: SocketAddr) -> bool {
    // Only an address of this machine can be bound.
    let is_own = || UdpSocket::bind((server.ip(), 0)).is_ok();
    own == server || own.port() == server.port() && own.ip().is_unspecified() && is_own()
}

impl ZoneServers {
    /// Whether the servers are recursive resolvers.
    pub fn is_forwarded(&self) -> bool {
        self.is_forwarded
    }

    /// Returns the port of a server.
    pub fn port(&self, address: IpAddr) -> Option<u16> {
        let mut servers = self.servers.iter();
        servers
            .find(|server| server.ip() == address)
            .map(SocketAddr::port)
    }

    /// Returns the servers as a delegation of the zone. They have no names; the zone's stands for
    /// them.
    pub fn delegation(&self, zone: Name) -> Delegation {
        let server = NameServer {
            name: zone.clone(),
            addresses: self.servers.iter().map(SocketAddr::ip).collect(),
        };
        Delegation {
            zone,
            servers: vec![server],
            ttl: TTL,
        }
    }
}
