//! Hostile packets: from clients, and beside the replies of name servers.

use std::net::Ipv4Addr;

use dnsparse::{DnsPacket, Name, Rdata, Record};
use rand::{Rng, RngExt};

use crate::internet::{DOMAINS, HOSTS, Host};

/// The address that hostile records have. No zone has it.
const ATTACKER: Ipv4Addr = Ipv4Addr::new(66, 66, 66, 66);

/// Returns the datagrams that arrive in place of a reply. The true one is the last, so that a resolver
/// that ignores the others can still give the right answer.
pub(crate) fn replies(query: &[u8], reply: &[u8], random: &mut impl Rng) -> Vec<Vec<u8>> {
    let truth = reply.to_vec();
    let mut false_one = truth.clone();
    match random.random_range(0..7) {
        0 => flip(&mut false_one, 0, 0xff),
        1 => false_one = octets(random),
        2 => false_one.truncate(random.random_range(0..reply.len())),
        // A query in place of a response.
        3 => flip(&mut false_one, 2, 0x80),
        // Counts that are too large.
        4 => flip(&mut false_one, 6, 0xff),
        // Truncated: the resolver repeats the query over TCP.
        5 => {
            let mut empty = query.to_vec();
            flip(&mut empty, 2, 0x82);
            return vec![empty];
        }
        _ => return vec![with_foreign_records(&truth, random)],
    }
    vec![false_one, truth]
}

/// Adds records of another domain, which a resolver must not believe.
fn with_foreign_records(reply: &[u8], random: &mut impl Rng) -> Vec<u8> {
    let Ok(mut packet) = DnsPacket::parse(reply) else {
        return reply.to_vec();
    };
    let host = Host {
        domain: random.random_range(0..DOMAINS),
        number: random.random_range(0..HOSTS),
    };
    let Ok(owner) = host.name().parse::<Name>() else {
        return reply.to_vec();
    };
    let record = Record::new(owner, 86_400, Rdata::A(ATTACKER));
    match random.random_bool(0.5) {
        true => packet.additionals.push(record),
        false => packet.authorities.push(record),
    }
    packet.write().unwrap_or_else(|_| reply.to_vec())
}

/// Returns a packet for the socket of the resolver. Its sender expects no particular reply.
pub(crate) fn query(valid: &[u8], random: &mut impl Rng) -> Vec<u8> {
    let mut packet = valid.to_vec();
    // With the id of the valid query, its reply would be taken for that to the valid one.
    flip(&mut packet, 0, random.random_range(1..=255));
    let valid = &packet.clone();
    match random.random_range(0..8) {
        0 => packet = octets(random),
        1 => packet.truncate(random.random_range(0..valid.len())),
        // A response; another opcode; TC; RCODEs.
        2 => flip(&mut packet, 2, random.random_range(1..=255)),
        3 => flip(&mut packet, 3, random.random_range(1..=255)),
        // Counts that are too large, in each section.
        4 => {
            let place = random.random_range(4..12);
            flip(&mut packet, place, random.random_range(1..=255));
        }
        // A compression pointer to itself in place of the name.
        5 => {
            packet.truncate(12);
            packet.extend([0xc0, 12, 0, 1, 0, 1]);
        }
        // Another type: a zone transfer, ANY, OPT and so on.
        6 => {
            let place = packet.len().saturating_sub(3);
            flip(&mut packet, place, random.random_range(1..=255));
        }
        _ => {
            for _ in 0..random.random_range(1..6) {
                let place = random.random_range(2..packet.len());
                flip(&mut packet, place, random.random_range(1..=255));
            }
        }
    }
    packet
}

fn octets(random: &mut impl Rng) -> Vec<u8> {
    let length = random.random_range(0..600);
    (0..length).map(|_| random.random()).collect()
}

fn flip(packet: &mut [u8], place: usize, bits: u8) {
    if let Some(octet) = packet.get_mut(place) {
        *octet ^= bits;
    }
}
