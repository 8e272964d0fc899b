//! Where to start: the root hints, the one thing about the DNS that has to be known beforehand.
//!
//! They come as a zone file, `named.root`: NS records of the root, and the addresses of those servers. RFC 9609 is about what
//! to do with them.

use std::net::IpAddr;

use dnsparse::{Name, Rdata, Record, Zone, ZoneError};
use referral::{Delegation, NameServer};

use crate::named_root::NAMED_ROOT;

/// The true root servers' names and addresses.
///
/// # Panics
/// Never: the file is part of the program, and a test reads it.
pub fn root_hints() -> Delegation {
    read_hints(NAMED_ROOT).unwrap_or_else(|error| panic!("the built-in root hints: {error}"))
}

/// Reads a `named.root` file.
///
/// # Errors
/// If it is no zone file.
pub fn read_hints(text: &str) -> Result<Delegation, ZoneError> {
    let records = Zone::parse(text, &Name::ROOT)?.records;
    let names = records.iter().filter_map(|record| match &record.rdata {
        Rdata::Ns(name) if record.owner.is_root() => Some(name),
        _ => None,
    });
    let addresses = |name: &Name| -> Vec<IpAddr> {
        let addresses = records.iter().filter(|record| record.owner == *name);
        addresses.filter_map(Record::address).collect()
    };
    let servers = names.map(|name| NameServer {
        name: name.clone(),
        addresses: addresses(name),
    });
    let ttl = records.iter().map(|record| record.ttl).min().unwrap_or(0);
    Ok(Delegation {
        zone: Name::ROOT,
        ttl,
        servers: servers.collect(),
    })
}
