//! The settings of local names, of blocklists, and of zones with servers of their own.
//!
//! ```toml
//! [[forward]]
//! zone = "corp.example"
//! servers = ["192.168.1.1", "192.168.1.2:5353"]
//!
//! [[blocklist]]
//! file = "ads.txt"
//! form = "domains"
//!
//! [local]
//! hosts = ["/etc/hosts"]
//! records = ["nas.lan. A 192.168.1.10"]
//! ```

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use dnsparse::{Class, Name, Record, RecordType, Zone};
use serde::{Deserialize, Serialize};
use transport::address;

use super::tls::{PinText, ServerNameText, TlsConfig, TlsMode};
use super::values::{at_least_one, is_of_many, no_zone, optional_path, path, paths, text_form};
use crate::local::hosts::TTL;

/// Names that are answered from files and from single records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct LocalConfig {
    /// Hosts files.
    #[serde(deserialize_with = "paths")]
    pub hosts: Vec<PathBuf>,
    /// Single records.
    pub records: Vec<RecordText>,
    /// Zone files.
    pub zones: Vec<LocalZone>,
}

/// A zone that is answered from a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a table with zone and file"
)]
pub struct LocalZone {
    /// The zone's name.
    pub zone: NameText,
    /// Its file.
    #[serde(deserialize_with = "path")]
    pub file: PathBuf,
}

/// A zone with servers of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a table with zone and servers"
)]
pub struct UpstreamZone {
    /// The zone's name.
    pub zone: NameText,
    /// Its servers; none is preferred.
    #[serde(deserialize_with = "at_least_one")]
    pub servers: Vec<ServerText>,
    /// Whether its answers are validated. The public DNS need not know the zone, or delegate it to these
    /// servers, so it is not by default.
    #[serde(default)]
    pub validate: bool,
    /// How the servers are queried over TLS: for a forward zone alone.
    pub tls: Option<TlsMode>,
    /// The name in their certificates; none for their addresses.
    pub tls_name: Option<ServerNameText>,
    /// A file of the authorities that their certificates are from; none for those of the system.
    #[serde(default, deserialize_with = "optional_path")]
    pub tls_ca: Option<PathBuf>,
    /// The pins of their keys; none for any key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tls_pin: Vec<PinText>,
}

impl UpstreamZone {
    /// Returns the settings of TLS.
    pub fn tls_config(&self) -> TlsConfig<'_> {
        TlsConfig {
            mode: self.tls,
            name: self.tls_name.as_ref(),
            authorities: self.tls_ca.as_ref(),
            pins: &self.tls_pin,
        }
    }
}

/// A list of names that are blocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a table with file and form"
)]
pub struct BlocklistConfig {
    /// The list.
    #[serde(deserialize_with = "path")]
    pub file: PathBuf,
    /// The name that replies have for it; none for that of the file.
    #[serde(default)]
    pub name: Option<String>,
    /// The form of the file.
    pub form: ListForm,
    /// The answer to a question for a blocked name.
    #[serde(default)]
    pub reply: BlockReply,
    /// The reason for it, which the reply names.
    #[serde(default)]
    pub reason: BlockReason,
}

/// The form of a blocklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListForm {
    /// `0.0.0.0 ads.example`
    Hosts,
    /// `ads.example`
    Domains,
    /// A response policy zone.
    Rpz,
}

/// The answer to a question for a blocked name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockReply {
    /// There is no such name.
    #[default]
    Nxdomain,
    /// It has the address 0.0.0.0 or ::, which leads nowhere.
    Null,
}

/// The reason for a blocklist, as RFC 8914 tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockReason {
    /// The operator of the server wants it (extended error 15).
    #[default]
    Blocked,
    /// The client has asked for it (extended error 17).
    Filtered,
}

/// The protection against private addresses in public answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RebindingConfig {
    /// Whether private addresses are removed.
    pub protect: bool,
    /// Zones whose names may have private addresses, besides those of `[local]`, `[[forward]]` and
    /// `[[stub]]`.
    pub except: Vec<NameText>,
}

/// A name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameText(pub Name);

/// A server's address, as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerText {
    /// The address, with the port 53 if none was written.
    pub address: SocketAddr,
    /// Whether a port was written.
    pub has_port: bool,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordText(pub Record);

text_form!(NameText, ServerText, RecordText);

impl FromStr for NameText {
    type Err = String;

    fn from_str(text: &str) -> Result<NameText, String> {
        if let Some(advice) = no_zone(text) {
            return Err(format!("'{text}' is not the name of a zone: {advice}"));
        }
        let name = text.parse().map(NameText);
        name.map_err(|error| format!("'{text}' is not a name: {error}"))
    }
}

impl fmt::Display for NameText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Says why no single server has an address.
fn no_server(ip: IpAddr) -> Option<&'static str> {
    let is_link_local = |ip: IpAddr| matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    match ip {
        _ if ip.is_unspecified() => {
            Some("it stands for all addresses of a machine: write one of them, such as 127.0.0.1")
        }
        _ if is_of_many(ip) => Some("it stands for many machines: write the address of one"),
        _ if is_link_local(ip) => Some(
            "it needs an interface, which cannot be written: use another address of the server",
        ),
        _ => None,
    }
}

impl FromStr for ServerText {
    type Err = String;

    fn from_str(text: &str) -> Result<ServerText, String> {
        let explained = |error| format!("'{text}' is not the address of a server: {error}");
        let address = address::parse(text).map_err(|error| explained(error.to_string()))?;
        // An IPv4 address in the form of IPv6 is the same one.
        let ip = address.ip().to_canonical();
        match no_server(ip) {
            Some(advice) => Err(explained(advice.to_owned())),
            None => Ok(ServerText {
                address: SocketAddr::new(ip, address.port()),
                has_port: text.parse::<SocketAddr>().is_ok(),
            }),
        }
    }
}

impl fmt::Display for ServerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.has_port {
            true => self.address.fmt(f),
            false => self.address.ip().fmt(f),
        }
    }
}

impl FromStr for RecordText {
    type Err = String;

    /// Reads one record in the form of a zone file. Its name is complete, and its TTL may be
    /// missing.
    fn from_str(text: &str) -> Result<RecordText, String> {
        let explained = |reason: &str| {
            format!("'{text}' is not a record: {reason}; write one such as nas.lan. A 192.168.1.10")
        };
        let zone = Zone::parse(&format!("$TTL {TTL}\n{text}\n"), &Name::ROOT);
        let zone = zone.map_err(|error| explained(&error.kind.to_string()))?;
        let Ok([record]) = <[Record; 1]>::try_from(zone.records) else {
            return Err(explained("it has to be exactly one"));
        };
        if record.class != Class::IN || matches!(record.rtype(), RecordType::SOA | RecordType::NS) {
            return Err(explained(
                "its class is IN, and its type neither SOA nor NS",
            ));
        }
        if let RecordType::DNAME | RecordType::RRSIG | RecordType::NSEC | RecordType::NSEC3 =
            record.rtype()
        {
            let advice = "its type is about other names or records of a zone, so it needs one: write zones under [local]";
            return Err(explained(advice));
        }
        if record.owner.labels().next() == Some(b"*".as_slice()) {
            let advice = "a wildcard is part of a zone, so it needs one: write zones under [local]";
            return Err(explained(advice));
        }
        Ok(RecordText(record))
    }
}

impl fmt::Display for RecordText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record {
            owner, ttl, rdata, ..
        } = &self.0;
        write!(f, "{owner} {ttl} {} {rdata}", self.0.rtype())
    }
}

/// Has the relative paths of all files start from a folder.
pub fn start_from(
    folder: &Path,
    local: &mut LocalConfig,
    blocklists: &mut [BlocklistConfig],
    forwards: &mut [UpstreamZone],
) {
    let hosts = local.hosts.iter_mut();
    let zones = local.zones.iter_mut().map(|zone| &mut zone.file);
    let lists = blocklists.iter_mut().map(|list| &mut list.file);
    let authorities = forwards.iter_mut().filter_map(|zone| zone.tls_ca.as_mut());
    for path in hosts.chain(zones).chain(lists).chain(authorities) {
        *path = folder.join(&path);
    }
}
