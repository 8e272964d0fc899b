//! The root hints: the names and addresses of the root servers, with which a resolver starts (RFC
//! 9609).
//!
//! They come as a zone file, `named.root`: the NS records of the root, and the address records of
//! those servers.

use std::net::IpAddr;

use dnsparse::{Name, Rdata, Record, Zone, ZoneError};
use referral::{Delegation, NameServer};

use crate::named_root::NAMED_ROOT;

/// Returns the names and addresses of the Internet's root servers.
///
/// # Panics
/// Never: the file is part of the program, and a test parses it.
pub fn root_hints() -> Delegation {
    read_hints(NAMED_ROOT).unwrap_or_else(|error| panic!("the built-in root hints: {error}"))
}

/// Makes the hints of a root with these servers, such as that of a lab, with a TTL of an hour.
pub fn hints_of(servers: impl IntoIterator<Item = (Name, Vec<IpAddr>)>) -> Delegation {
    let server = |(name, addresses)| NameServer { name, addresses };
    Delegation {
        zone: Name::ROOT,
        ttl: 3_600,
        servers: servers.into_iter().map(server).collect(),
    }
}

/// Reads a `named.root` file.
///
/// # Errors
/// If the text is not a zone file.
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
