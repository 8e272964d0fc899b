//! The Internet of the benchmark: its zones, servers and names, and the right answer for each name.
//!
//! | zones | servers | delay |
//! | --- | --- | --- |
//! | the root | 3 | |
//! | 5 top-level domains | 2 each | 1 to 200 ms, each server its own: |
//! | 400 domains of 25 hosts, every second one signed | 2 each | as many from 1 to 14 ms as from 14 to 200 ms |
//! | 20 dead domains | 2 each | never reply |
//!
//! Every tenth host is an alias of one in another domain. One host in five has a TTL of 20 s, as those of
//! content networks have; the others have an hour.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use dnsparse::{DnsPacket, Name, Rcode};

/// The top-level domains.
pub(crate) const TLDS: [&str; 5] = ["com", "net", "org", "info", "dev"];
/// The number of domains with servers that reply.
pub(crate) const DOMAINS: u16 = 400;
/// The number of hosts in each.
pub(crate) const HOSTS: u16 = 25;
/// The number of domains whose servers never reply.
pub(crate) const DEAD: u16 = 20;
/// The number of servers of a zone below the root.
pub(crate) const SERVERS: u8 = 2;
/// The number of root servers.
pub(crate) const ROOTS: u8 = 3;

/// The place of a zone in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Root,
    Tld,
    Domain,
    Dead,
}

/// Returns the address of a server: the zone's level and number, and its own number.
pub(crate) fn server(level: Level, zone: u16, number: u8) -> Ipv4Addr {
    let [high, low] = zone.to_be_bytes();
    match level {
        Level::Root => Ipv4Addr::new(20, 0, 0, 1 + number),
        Level::Tld => Ipv4Addr::new(20, 1, low, 1 + number),
        Level::Domain => Ipv4Addr::new(20, 2 + number, high, low),
        Level::Dead => Ipv4Addr::new(20, 10 + number, high, low),
    }
}

/// Lists all servers, with the level of their zone.
pub(crate) fn servers() -> Vec<(Level, Ipv4Addr)> {
    let tlds = TLDS.len() as u16;
    let levels = [
        (Level::Root, 1, ROOTS),
        (Level::Tld, tlds, SERVERS),
        (Level::Domain, DOMAINS, SERVERS),
        (Level::Dead, DEAD, SERVERS),
    ];
    let each = levels.into_iter().flat_map(|(level, zones, servers)| {
        let of_zone = move |zone| (0..servers).map(move |number| server(level, zone, number));
        (0..zones)
            .flat_map(of_zone)
            .map(move |address| (level, address))
    });
    each.collect()
}

/// Returns the round-trip time of a server: 1 to 200 ms, evenly distributed by its logarithm.
pub(crate) fn delay(server: Ipv4Addr) -> Duration {
    let part = f64::from(scattered(server.to_bits())) / f64::from(u32::MAX);
    Duration::from_secs_f64(0.001 * 200_f64.powf(part))
}

/// Returns a number that looks random, and is the same in each run (the finalizer of MurmurHash3).
fn scattered(number: u32) -> u32 {
    let number = (number ^ (number >> 16)).wrapping_mul(0x85eb_ca6b);
    let number = (number ^ (number >> 13)).wrapping_mul(0xc2b2_ae35);
    number ^ (number >> 16)
}

/// Returns the top-level domain that a domain is in.
pub(crate) fn tld_of(domain: u16) -> &'static str {
    let [first, ..] = TLDS;
    let place = usize::from(domain) % TLDS.len();
    TLDS.get(place).copied().unwrap_or(first)
}

/// Whether a domain is signed.
pub(crate) fn is_signed(domain: u16) -> bool {
    domain.is_multiple_of(2)
}

/// A host: the number of its domain, and its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) domain: u16,
    pub(crate) number: u16,
}

impl Host {
    /// Returns the target, if the host is an alias.
    pub(crate) fn target(self) -> Option<Host> {
        let Host { domain, number } = self;
        (number % 10 == 9).then(|| Host {
            domain: (domain * 7 + 13) % DOMAINS,
            number: number - 1,
        })
    }

    /// Returns the address, which no other host has. So a wrong answer shows.
    pub(crate) fn address(self) -> Ipv4Addr {
        let [high, low] = self.domain.to_be_bytes();
        Ipv4Addr::new(30, high, low, self.number as u8)
    }

    /// Returns the TTL in seconds.
    pub(crate) fn ttl(self) -> u32 {
        match self.number.is_multiple_of(5) {
            true => 20,
            false => 3_600,
        }
    }

    /// Returns the name, without the dot at its end.
    pub(crate) fn name(self) -> String {
        let Host { domain, number } = self;
        format!("host{number}.domain{domain}.{}", tld_of(domain))
    }
}

/// The subject of a query of type A.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A host.
    Host(Host),
    /// A name that does not exist in a domain that does.
    Missing { domain: u16, number: u32 },
    /// A name in a domain whose servers never reply.
    Dead { domain: u16, number: u32 },
}

/// The judgement of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// The zone's answer; or SERVFAIL for a dead name.
    Right,
    /// SERVFAIL or another refusal for a name with servers that reply.
    Failure,
    /// Something that the zone does not say.
    Wrong,
}

impl Subject {
    /// Whether the servers reply.
    pub(crate) fn is_live(self) -> bool {
        !matches!(self, Subject::Dead { .. })
    }

    /// Returns the name.
    pub(crate) fn name(self) -> Name {
        let text = match self {
            Subject::Host(host) => host.name(),
            Subject::Missing { domain, number } => {
                format!("none{number}.domain{domain}.{}", tld_of(domain))
            }
            Subject::Dead { domain, number } => {
                format!("host{number}.dead{domain}.{}", tld_of(domain))
            }
        };
        text.parse().expect("a name of letters and digits")
    }

    /// Compares a reply with the zone.
    pub(crate) fn judge(self, reply: &DnsPacket) -> Judgement {
        let mut addresses = reply.answers.iter().filter_map(|record| record.address());
        let first = addresses.next();
        let is_alone = addresses.next().is_none();
        let is_right = match self {
            Subject::Host(host) => {
                let expected = IpAddr::from(host.target().unwrap_or(host).address());
                reply.rcode() == Rcode::NOERROR && first == Some(expected) && is_alone
            }
            Subject::Missing { .. } => reply.rcode() == Rcode::NXDOMAIN && first.is_none(),
            Subject::Dead { .. } => reply.rcode() == Rcode::SERVFAIL && first.is_none(),
        };
        let is_answer = matches!(reply.rcode(), Rcode::NOERROR | Rcode::NXDOMAIN);
        match (is_right, is_answer && !reply.header.tc) {
            (true, _) => Judgement::Right,
            (false, false) => Judgement::Failure,
            (false, true) => Judgement::Wrong,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use dnsparse::{Rdata, Record, RecordType};

    use super::*;

    /// A reply with this RCODE and this address.
    fn reply(subject: Subject, rcode: Rcode, address: Option<Ipv4Addr>) -> DnsPacket {
        let mut reply = DnsPacket::query(1, subject.name(), RecordType::A);
        reply.header.rcode = rcode;
        let record = address.map(|it| Record::new(subject.name(), 1, Rdata::A(it)));
        reply.answers.extend(record);
        reply
    }

    #[test]
    fn only_the_answer_of_the_zone_is_right() {
        let host = |number| Host { domain: 3, number };
        let other = Some(host(1).address());
        let target = host(9).target().expect("an alias").address();
        let missing = Subject::Missing {
            domain: 1,
            number: 2,
        };
        let dead = Subject::Dead {
            domain: 1,
            number: 2,
        };
        for (subject, rcode, address, expected) in [
            (
                Subject::Host(host(2)),
                Rcode::NOERROR,
                Some(host(2).address()),
                Judgement::Right,
            ),
            (
                Subject::Host(host(2)),
                Rcode::NOERROR,
                other,
                Judgement::Wrong,
            ),
            (
                Subject::Host(host(2)),
                Rcode::NOERROR,
                None,
                Judgement::Wrong,
            ),
            (
                Subject::Host(host(2)),
                Rcode::NXDOMAIN,
                None,
                Judgement::Wrong,
            ),
            (
                Subject::Host(host(2)),
                Rcode::SERVFAIL,
                None,
                Judgement::Failure,
            ),
            (
                Subject::Host(host(9)),
                Rcode::NOERROR,
                Some(target),
                Judgement::Right,
            ),
            (missing, Rcode::NXDOMAIN, None, Judgement::Right),
            (missing, Rcode::NOERROR, None, Judgement::Wrong),
            (dead, Rcode::SERVFAIL, None, Judgement::Right),
            (dead, Rcode::NXDOMAIN, None, Judgement::Wrong),
            (dead, Rcode::NOERROR, other, Judgement::Wrong),
        ] {
            let got = subject.judge(&reply(subject, rcode, address));
            assert_eq!(got, expected, "{subject:?}: {rcode} {address:?}");
        }
    }

    #[test]
    fn delays_and_addresses_are_spread() {
        let servers = servers();
        let addresses: HashSet<_> = servers.iter().map(|(_, address)| *address).collect();
        assert_eq!(
            addresses.len(),
            servers.len(),
            "each server has its own address"
        );
        let delays = servers
            .iter()
            .map(|(_, address)| delay(*address).as_secs_f64());
        let middle = 0.001 * 200_f64.sqrt();
        let (mut short, mut long) = (0, 0);
        for delay in delays {
            assert!((0.001..=0.2001).contains(&delay), "{delay} s");
            *(if delay < middle {
                &mut short
            } else {
                &mut long
            }) += 1;
        }
        let share = f64::from(short) / f64::from(short + long);
        assert!(
            (0.4..0.6).contains(&share),
            "{short} of {} are short",
            short + long
        );
    }
}
