//! Priming: fetching the current root servers from a root server (RFC 9609).
//!
//! The root hints may be years old. But one of their addresses still answers, and returns the
//! current names and addresses: the resolver uses those from then on, until their TTL ends.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use dnsparse::{Class, DnsPacket, Name, Question, Rdata, Record, RecordType};
use negative::SharedCache;
use network::{Network, Via};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use referral::{Answer, Delegation, NameServer, ReplyKind, classify};
use tokio::time::sleep;
use transport::{RetryPolicy, exchange};

/// The most addresses of the hints that one priming queries.
const MAX_SERVERS: usize = 5;
/// The time until the next priming after one that failed: the network may not be up yet.
const RETRY_INTERVAL: Duration = Duration::from_secs(60);
/// The least time between two primings: a shorter TTL does not make the resolver query more often.
const MIN_INTERVAL: Duration = Duration::from_secs(3_600);

/// Keeps the root servers of a cache up to date, until the task is dropped.
pub async fn keep_primed<N: Network>(
    network: &N,
    port: u16,
    hints: &Delegation,
    cache: &SharedCache,
) -> Infallible {
    let mut random: StdRng = rand::make_rng();
    loop {
        let wait = match prime(network, port, hints, &mut random).await {
            Some(root) => {
                let wait = Duration::from_secs(u64::from(root.ttl)).max(MIN_INTERVAL);
                cache.set_root(root);
                wait
            }
            None => RETRY_INTERVAL,
        };
        sleep(wait).await;
    }
}

/// Fetches the root servers from one of the servers in the hints; none if no server gives a usable
/// reply.
///
/// The order of the servers is random (RFC 9609 section 3.2). A server without an address in the
/// reply gets its addresses from the hints. A root without any address is not accepted, since no
/// query could be sent to it.
pub async fn prime<N: Network>(
    network: &N,
    port: u16,
    hints: &Delegation,
    random: &mut (impl Rng + Send),
) -> Option<Delegation> {
    let servers = hints.servers.iter();
    let mut addresses: Vec<IpAddr> = servers
        .flat_map(|server| server.addresses.clone())
        .collect();
    addresses.shuffle(random);
    for address in addresses.into_iter().take(MAX_SERVERS) {
        let server = SocketAddr::new(address, port);
        let header = query::header(query::random_id(random), false);
        let query = query::with_edns(query::query(header, question()));
        let policy = RetryPolicy {
            tries: 1,
            ..RetryPolicy::default()
        };
        if let Ok(reply) = exchange(network, server, &query, Via::Udp, policy).await
            && let Some(root) = root_servers(&reply.packet, hints)
            && root
                .servers
                .iter()
                .any(|server| !server.addresses.is_empty())
        {
            return Some(root);
        }
    }
    None
}

/// Returns the question of a priming query: the NS records of the root.
fn question() -> Question {
    Question {
        qname: Name::ROOT,
        qtype: RecordType::NS,
        qclass: Class::IN,
    }
}

/// Reads the root servers from a priming response; none if it is not an answer.
pub fn root_servers(reply: &DnsPacket, hints: &Delegation) -> Option<Delegation> {
    let ReplyKind::Answer(Answer::Positive(records)) = classify(reply, &question(), &Name::ROOT)
    else {
        return None;
    };
    let name = |record: &Record| match &record.rdata {
        Rdata::Ns(name) => Some(name.clone()),
        _ => None,
    };
    let names = records.iter().filter_map(name);
    todo!(
        "Return the Delegation of the root: a NameServer for each of the names, with its addresses from the best source that has any (`addresses_in_reply`, `addresses_in_hints`). Its TTL is the one that lesson 9 gives an RRset whose TTLs differ."
    )
}

/// Returns the addresses of a server in the additional section of a reply.
fn addresses_in_reply(name: &Name, reply: &DnsPacket) -> Vec<IpAddr> {
    let records = reply
        .additionals
        .iter()
        .filter(|record| record.owner == *name);
    records.filter_map(Record::address).collect()
}

/// Returns the addresses of a server in the root hints.
fn addresses_in_hints(name: &Name, hints: &Delegation) -> Vec<IpAddr> {
    let server = hints.servers.iter().find(|server| server.name == *name);
    server
        .map(|server| server.addresses.clone())
        .unwrap_or_default()
}
