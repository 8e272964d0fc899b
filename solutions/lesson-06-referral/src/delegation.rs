//! [`delegation`]: the servers of the zone that a referral leads to (RFC 1034 section 4.2.1).
//!
//! The authority section of a referral has the NS records of the delegated zone: the names of its
//! servers. A name that is itself in that zone could not be looked up, since the way to it leads
//! through this very server. So the server's addresses come along, in the additional section. They
//! are *glue*: they serve to reach those servers, and for nothing else.

use std::collections::HashSet;
use std::net::IpAddr;

use dnsparse::{DnsPacket, Name, Rdata, Record};

/// The most servers of one zone that are taken from a referral: the first ones in it. The root and
/// com have 13. A message of 64 KB has room for more than a thousand, each of which would make the
/// resolver look up a name (NXNSAttack, CVE-2020-12662), and each pair of which it would compare.
pub const MAX_SERVERS: usize = 20;
/// The most addresses of one server that are taken: the root servers have two each, and eight leave
/// room for a host with several lines.
pub const MAX_ADDRESSES: usize = 8;
/// The most addresses of one zone's servers that are taken from a referral: the root and com have
/// 26, more than any other zone.
pub const MAX_GLUE: usize = 40;

/// A delegated zone, with its servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// The apex of the zone: the owner of its NS records.
    pub zone: Name,
    /// The number of seconds for which the delegation may be cached.
    pub ttl: u32,
    /// The zone's servers, in the order of the reply.
    pub servers: Vec<NameServer>,
}

/// A server of a zone: its name, and the addresses that came as glue, perhaps none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameServer {
    /// The server's name.
    pub name: Name,
    /// The server's addresses in the reply.
    pub addresses: Vec<IpAddr>,
}

/// Returns the delegation in a scrubbed reply; none if its authority section has no NS records.
///
/// Its TTL is the least of its NS records and glue: of an RRset the least TTL counts (RFC 2181
/// section 5.2), and a server cannot be reached by glue that has expired.
pub fn delegation(reply: &DnsPacket) -> Option<Delegation> {
    // The bound comes first: all that follows works on few servers, however many there are.
    let reply = &with_first_servers(reply);
    let mut delegation = first_delegation(reply)?;
    delegation.servers = within_limits(delegation.servers);
    let is_part = |record: &&Record| {
        let is_ns = record.owner == delegation.zone && server_name(record).is_some();
        let is_glue = record.address().is_some()
            && (delegation.servers.iter()).any(|server| server.name == record.owner);
        is_ns || is_glue
    };
    let parts = reply.authorities.iter().chain(&reply.additionals);
    let ttls = parts.filter(is_part).map(|record| match record.ttl {
        // A TTL with its top bit set means 0 (RFC 2181 section 8).
        0x8000_0000.. => 0,
        ttl => ttl,
    });
    let ttl = ttls.min().unwrap_or(delegation.ttl);
    Some(Delegation { ttl, ..delegation })
}

/// Returns a referral with the first [`MAX_SERVERS`] NS records in its authority section, each of
/// another server, and as many additional records as these could have addresses.
fn with_first_servers(reply: &DnsPacket) -> DnsPacket {
    let mut seen = HashSet::new();
    let servers = reply.authorities.iter();
    let servers = servers.filter_map(|record| Some((record, server_name(record)?)));
    let servers = servers.filter(|(record, name)| seen.insert((&record.owner, *name)));
    DnsPacket {
        authorities: (servers.take(MAX_SERVERS).map(|(record, _)| record.clone())).collect(),
        additionals: (reply.additionals.iter().take(MAX_SERVERS * MAX_ADDRESSES))
            .cloned()
            .collect(),
        ..DnsPacket::default()
    }
}

/// Removes servers that are listed twice, and addresses beyond the limits: a referral with a
/// thousand addresses would make the resolver send a thousand queries.
fn within_limits(mut servers: Vec<NameServer>) -> Vec<NameServer> {
    let mut seen = HashSet::new();
    servers.retain(|server| seen.insert(server.name.clone()));
    let mut left = MAX_GLUE;
    for server in &mut servers {
        server.addresses.truncate(left.min(MAX_ADDRESSES));
        left -= server.addresses.len();
    }
    servers
}

/// Collects the first NS record of the authority section and those with the same owner, which is
/// the delegated zone. NS records of any other zone are not part of the referral.
fn first_delegation(reply: &DnsPacket) -> Option<Delegation> {
    let first = reply
        .authorities
        .iter()
        .find(|record| server_name(record).is_some())?;
    // todo: Return the delegation that `first` belongs to: its zone, the TTL of `first`, and for
    // each of its servers a NameServer, with its name and its `glue`.
    let same_zone = reply
        .authorities
        .iter()
        .filter(|record| record.owner == first.owner);
    let servers = same_zone.filter_map(server_name).map(|name| NameServer {
        name: name.clone(),
        addresses: glue(name, &reply.additionals),
    });
    Some(Delegation {
        zone: first.owner.clone(),
        ttl: first.ttl,
        servers: servers.collect(),
    })
    // end todo
}

/// Returns the name in an NS record.
fn server_name(record: &Record) -> Option<&Name> {
    match &record.rdata {
        Rdata::Ns(name) => Some(name),
        _ => None,
    }
}

/// Returns the addresses of one server in an additional section.
fn glue(server: &Name, additionals: &[Record]) -> Vec<IpAddr> {
    // todo: Collect the addresses of the server, IPv4 and IPv6.
    let addresses = additionals.iter().filter(|record| record.owner == *server);
    addresses.filter_map(Record::address).collect()
    // end todo
}
