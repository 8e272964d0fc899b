//! [`Zones`]: the zones with servers of their own.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;

use dnsparse::{Name, Question, RecordType};
use referral::{Delegation, NameServer};

use crate::config::local::UpstreamZone;
use crate::config::tls::over_tls;
use crate::config::values::Listen;
use crate::config::{Config, ConfigError};
use crate::encrypted::outgoing::TlsClient;

/// The TTL of a configured delegation, in seconds. It is never cached.
const TTL: u32 = 3_600;

/// All zones with servers of their own.
#[derive(Debug, Default)]
pub struct Zones {
    zones: HashMap<Name, ZoneServers>,
    /// The addresses of all their servers.
    addresses: HashSet<IpAddr>,
    /// The servers that are queried over TLS.
    tls: HashMap<SocketAddr, Arc<TlsClient>>,
}

/// The servers of one zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneServers {
    servers: Vec<SocketAddr>,
    /// Whether they are recursive resolvers.
    is_forwarded: bool,
    /// Whether a chain of trust has to lead to their answers.
    is_validated: bool,
    /// How they are queried over TLS; none for plaintext.
    tls: Option<Arc<TlsClient>>,
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
            let tls = tls_client(zone, is_forwarded, config)?;
            let servers = zone.servers.iter().map(|server| match tls {
                Some(_) => over_tls(*server),
                None => Ok(server.address),
            });
            let servers = servers.collect::<Result<_, _>>().map_err(|error| {
                ConfigError::Setting(format!("the zone {} has {error}", zone.zone.0))
            })?;
            let servers = ZoneServers {
                servers,
                is_forwarded,
                is_validated: is_validated(zone, config)?,
                tls,
            };
            zones
                .add(&zone.zone.0, servers, config)
                .map_err(ConfigError::Setting)?;
        }
        zones.check_tls().map_err(ConfigError::Setting)?;
        Ok(zones)
    }

    fn add(&mut self, name: &Name, zone: ZoneServers, config: &Config) -> Result<(), String> {
        for (place, server) in zone.servers.iter().enumerate() {
            zone.check_not_own(name, *server, config)?;
            let mut others = zone.servers.iter().take(place);
            if others.any(|other| other.ip() == server.ip()) {
                return Err(format!(
                    "the zone {name} has two servers at {}: a server is known by its address, so give each its own",
                    server.ip()
                ));
            }
            if let Some(tls) = &zone.tls {
                self.tls.insert(*server, Arc::clone(tls));
            }
        }
        self.addresses
            .extend(zone.servers.iter().map(SocketAddr::ip));
        match self.zones.insert(name.clone(), zone) {
            None => Ok(()),
            Some(_) => Err(format!(
                "the zone {name} is there twice: write all of its servers into one [[forward]] or [[stub]]"
            )),
        }
    }

    /// Checks that each server has the same settings of TLS in all zones.
    fn check_tls(&self) -> Result<(), String> {
        for zone in self.zones.values() {
            let mut servers = zone.servers.iter();
            if let Some(server) = servers.find(|it| self.tls.get(it) != zone.tls.as_ref()) {
                return Err(format!(
                    "the server {server} has different settings of TLS in two zones: write the same ones in both"
                ));
            }
        }
        Ok(())
    }

    /// Returns how a server is queried over TLS; none for plaintext.
    pub fn tls(&self, server: SocketAddr) -> Option<&Arc<TlsClient>> {
        self.tls.get(&server)
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

/// Whether the answers of a zone's servers are validated, which needs trust anchors.
fn is_validated(zone: &UpstreamZone, config: &Config) -> Result<bool, ConfigError> {
    let reason = match (&config.root_hints, &config.trust_anchor) {
        _ if !zone.validate => return Ok(false),
        _ if config.no_dnssec => "no-dnssec turns validation off",
        (Some(_), None) if !config.lab => {
            "set trust-anchor to the keys of the root that root-hints names"
        }
        _ => return Ok(true),
    };
    let name = &zone.zone.0;
    let text = format!("the zone {name} cannot have validate = true: {reason}");
    Err(ConfigError::Setting(text))
}

/// Makes the client for the servers of a zone over TLS; none for plaintext.
fn tls_client(
    zone: &UpstreamZone,
    is_forwarded: bool,
    config: &Config,
) -> Result<Option<Arc<TlsClient>>, ConfigError> {
    let name = &zone.zone.0;
    let settings = zone.tls_config();
    let contradiction = match settings.mode() {
        None => return Ok(None),
        Some(_) if !is_forwarded => "TLS is for the servers of [[forward]], which are resolvers",
        Some(_) if config.lab => "lab has no servers over TLS",
        Some(_) => return Ok(settings.client(name)?.map(Arc::new)),
    };
    let text =
        format!("the zone {name} cannot have tls, tls-name, tls-ca or tls-pin: {contradiction}");
    Err(ConfigError::Setting(text))
}

impl ZoneServers {
    /// Checks that a server is not this resolver itself.
    fn check_not_own(
        &self,
        name: &Name,
        server: SocketAddr,
        config: &Config,
    ) -> Result<(), String> {
        let is_own = |own: &[Listen], server| own.iter().any(|own| reaches(own.0, server));
        let (own, plain) = match &self.tls {
            None => (&config.listen, None),
            Some(tls) => {
                let plain = SocketAddr::new(server.ip(), config.upstream_port);
                (&config.tls_listen, (!tls.is_strict()).then_some(plain))
            }
        };
        if is_own(own, server) {
            return Err(format!(
                "the zone {name} has the server {server}, but that is this server itself: name the one behind it"
            ));
        }
        match plain.filter(|plain| is_own(&config.listen, *plain)) {
            None => Ok(()),
            Some(plain) => Err(format!(
                "the zone {name} has the server {server}, which is queried at {plain} when TLS does not work, but that is this server itself: write tls = \"strict\""
            )),
        }
    }

    /// Whether the servers are recursive resolvers.
    pub fn is_forwarded(&self) -> bool {
        self.is_forwarded
    }

    /// Whether their answers are validated, if there are trust anchors. Servers for the whole DNS answer
    /// as the public ones do.
    pub fn is_validated(&self, zone: &Name) -> bool {
        self.is_validated || zone.is_root()
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
