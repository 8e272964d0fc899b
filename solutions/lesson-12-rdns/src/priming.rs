//! Priming: asking a root server who the root servers are (RFC 9609).
//!
//! The hints may be years old. One of those addresses still answers, and tells the present names and addresses: from then on
//! those are used, until their TTL ends.

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

/// How many of the hints' addresses are tried.
const TRIES: usize = 5;
/// How soon it is tried again when nobody answered: there may be no network yet.
const AGAIN: Duration = Duration::from_secs(60);
/// The TTL is not taken to be less than this: nobody is asked all the time.
const SELDOM: Duration = Duration::from_secs(3_600);

/// Keeps a memory's root servers up to date, for ever.
pub async fn keep_primed<N: Network>(
    network: &N,
    port: u16,
    hints: &Delegation,
    memory: &SharedCache,
) -> Infallible {
    let mut random: StdRng = rand::make_rng();
    loop {
        let wait = match prime(network, port, hints, &mut random).await {
            Some(root) => {
                let wait = Duration::from_secs(u64::from(root.ttl)).max(SELDOM);
                memory.set_root(root);
                wait
            }
            None => AGAIN,
        };
        sleep(wait).await;
    }
}

/// The root servers, as one of them tells; none if nobody does.
///
/// Which of them is asked is left to chance (RFC 9609 section 3.2). The addresses of servers that came without any are those of
/// the hints; a root whose servers have no address at all is not believed, since it would lead nowhere.
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
    for address in addresses.into_iter().take(TRIES) {
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

fn question() -> Question {
    Question {
        qname: Name::ROOT,
        qtype: RecordType::NS,
        qclass: Class::IN,
    }
}

/// The root servers in a reply to the question for them.
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
    // todo: Make the Delegation of the root: a NameServer for each of the names, with its addresses in the additional section
    // (`told`), or else those in the hints (`known`); the TTL is the least of the records'.
    let servers = names.map(|name| {
        let mut addresses = told(&name, reply);
        if addresses.is_empty() {
            addresses = known(&name, hints);
        }
        NameServer { name, addresses }
    });
    Some(Delegation {
        zone: Name::ROOT,
        servers: servers.collect(),
        ttl: records.iter().map(|record| record.ttl).min()?,
    })
    // end todo
}

fn told(name: &Name, reply: &DnsPacket) -> Vec<IpAddr> {
    let records = reply
        .additionals
        .iter()
        .filter(|record| record.owner == *name);
    records.filter_map(Record::address).collect()
}

fn known(name: &Name, hints: &Delegation) -> Vec<IpAddr> {
    let server = hints.servers.iter().find(|server| server.name == *name);
    server
        .map(|server| server.addresses.clone())
        .unwrap_or_default()
}
