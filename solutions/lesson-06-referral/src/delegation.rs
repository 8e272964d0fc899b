//! Referrals: "I do not know, but they do" (RFC 1034 section 4.2.1).
//!
//! The authority section has the NS records of the zone that was given away: names of servers. A name alone is not enough where
//! it lies inside that very zone, since nobody could ever look it up; so the addresses come along, in the additional section.
//! They are *glue*: good for finding those servers, and for nothing else.

use std::collections::HashSet;
use std::net::IpAddr;

use dnsparse::{DnsPacket, Name, Rdata, Record};

/// How many addresses of one server are taken: the root servers have two each, and eight leave room for a host with several lines.
pub const MAX_ADDRESSES: usize = 8;
/// How many addresses of one zone's servers are taken from a referral: the root and com have 26, the most that there is.
pub const MAX_GLUE: usize = 40;

/// A zone that was given away, and who serves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// Where the zone begins: the owner of the NS records.
    pub zone: Name,
    /// For how many seconds all of it may be kept.
    pub ttl: u32,
    /// Its servers, in the order of the reply.
    pub servers: Vec<NameServer>,
}

/// A server's name, and the addresses that came with it as glue, perhaps none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameServer {
    /// Its name.
    pub name: Name,
    /// Its addresses, as far as they came along.
    pub addresses: Vec<IpAddr>,
}

/// The delegation in a reply that was scrubbed; none if its authority section has no NS records.
///
/// It may be kept for as long as what lives shortest of it: of an RRset the least TTL counts (RFC 2181 section 5.2), and glue that has
/// expired is no way to a server any more.
pub fn delegation(reply: &DnsPacket) -> Option<Delegation> {
    let mut delegation = named(reply)?;
    delegation.servers = bounded(delegation.servers);
    let is_part = |record: &&Record| {
        let names_server = record.owner == delegation.zone && server_name(record).is_some();
        let is_glue = record.address().is_some()
            && (delegation.servers.iter()).any(|server| server.name == record.owner);
        names_server || is_glue
    };
    let parts = reply.authorities.iter().chain(&reply.additionals);
    let ttls = parts.filter(is_part).map(|record| match record.ttl {
        // Its top bit set, a TTL means 0 (RFC 2181 section 8).
        0x8000_0000.. => 0,
        ttl => ttl,
    });
    let ttl = ttls.min().unwrap_or(delegation.ttl);
    Some(Delegation { ttl, ..delegation })
}

/// Each server once, with no more addresses than anybody needs: whoever names a server twice, or gives it a thousand addresses,
/// means to have us ask a thousand times.
fn bounded(mut servers: Vec<NameServer>) -> Vec<NameServer> {
    let mut seen = HashSet::new();
    servers.retain(|server| seen.insert(server.name.clone()));
    let mut left = MAX_GLUE;
    for server in &mut servers {
        server.addresses.truncate(left.min(MAX_ADDRESSES));
        left -= server.addresses.len();
    }
    servers
}

/// What the first NS record says, and those that belong to it: it tells which zone this is about. NS records of any other zone are not
/// part of this referral.
fn named(reply: &DnsPacket) -> Option<Delegation> {
    let first = reply
        .authorities
        .iter()
        .find(|record| server_name(record).is_some())?;
    // todo: Make the delegation of `first`'s owner and TTL, and a NameServer of each NS record of that owner: its name, and its glue.
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

fn server_name(record: &Record) -> Option<&Name> {
    match &record.rdata {
        Rdata::Ns(name) => Some(name),
        _ => None,
    }
}

/// The addresses of one server in an additional section.
fn glue(server: &Name, additionals: &[Record]) -> Vec<IpAddr> {
    // todo: Collect the addresses of the A and AAAA records whose owner is that server.
    let addresses = additionals.iter().filter(|record| record.owner == *server);
    addresses.filter_map(Record::address).collect()
    // end todo
}
