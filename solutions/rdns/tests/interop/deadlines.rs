//! Zones without a usable server: `rdns` must reply with SERVFAIL within 4.5 seconds, since dig
//! gives up after 5.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use dnsparse::RecordType;
use real_servers::{RunningServer, nsd};

use crate::client::{Reply, resolve};
use crate::rdns::{in_namespace, rdns};
use crate::relay::{Action, Relay, RelayedQuery, failure, reply, truncated};

/// The deadline of 4.5 seconds, and half a second for a busy machine.
const DEADLINE: Duration = Duration::from_secs(5);
/// The limit for an answer from the cache: no upstream query is sent.
const FROM_CACHE: Duration = Duration::from_secs(1);

const NO_REACHABLE_AUTHORITY: u16 = 22;
const CACHED_ERROR: u16 = 13;

/// A zone: the addresses of its servers, and the behaviour of the first one, if a relay listens
/// there. The servers at 127.0.3.1 and the following addresses never reply.
struct Zone {
    name: &'static str,
    servers: &'static [&'static str],
    first: Option<fn(&RelayedQuery<'_>) -> Vec<Action>>,
}

const fn zone(
    name: &'static str,
    servers: &'static [&'static str],
    first: Option<fn(&RelayedQuery<'_>) -> Vec<Action>>,
) -> Zone {
    Zone {
        name,
        servers,
        first,
    }
}

/// The number of servers that never reply.
const SILENT: u8 = 13;

/// Zones without a usable server.
const USELESS: [Zone; 15] = [
    zone("silent", &["127.0.3.1"], None),
    zone("silents", &["127.0.3.1", "127.0.3.2", "127.0.3.3"], None),
    zone(
        "crowd",
        &[
            "127.0.3.1",
            "127.0.3.2",
            "127.0.3.3",
            "127.0.3.4",
            "127.0.3.5",
            "127.0.3.6",
            "127.0.3.7",
            "127.0.3.8",
            "127.0.3.9",
            "127.0.3.10",
            "127.0.3.11",
            "127.0.3.12",
            "127.0.3.13",
        ],
        None,
    ),
    // Closed ports: the system reports them (ICMP port unreachable).
    zone("closed", &["127.0.1.99", "127.0.1.98"], None),
    // Addresses without a route.
    zone("remote", &["192.0.2.1"], None),
    zone("sixth", &["2001:db8::1", "2001:db8::2"], None),
    zone(
        "garbage",
        &["127.0.2.1"],
        Some(|_| vec![Action::Send(vec![0x55; 64])]),
    ),
    zone(
        "nothing",
        &["127.0.2.2"],
        Some(|_| vec![Action::Send(Vec::new())]),
    ),
    zone(
        "echo",
        &["127.0.2.3"],
        Some(|query| vec![Action::Send(query.octets.to_vec())]),
    ),
    zone(
        "formerr",
        &["127.0.2.4"],
        Some(|query| vec![Action::Send(failure(query.octets, 1))]),
    ),
    zone(
        "servfail",
        &["127.0.2.5"],
        Some(|query| vec![Action::Send(failure(query.octets, 2))]),
    ),
    zone(
        "refused",
        &["127.0.2.6"],
        Some(|query| vec![Action::Send(failure(query.octets, 5))]),
    ),
    // TC over UDP, and no reply over TCP.
    zone("cut", &["127.0.2.7"], Some(cut)),
    // Malformed records alone.
    zone(
        "malformed",
        &["127.0.2.8"],
        Some(|query| vec![Action::Send(reply(query.octets, &[(1, &[6, 6, 6])]))]),
    ),
    // A referral to the zone itself.
    zone(
        "loop",
        &["127.0.2.9"],
        Some(|query| vec![Action::Send(referral_to_itself(query.octets))]),
    ),
];

fn cut(query: &RelayedQuery<'_>) -> Vec<Action> {
    match query.over_tcp {
        true => Vec::new(),
        false => vec![Action::Send(truncated(query.octets))],
    }
}

/// Returns the referral `loop. NS ns.loop.`, by which the zone delegates itself.
fn referral_to_itself(query: &[u8]) -> Vec<u8> {
    let mut referral = reply(query, &[(2, b"\x02ns\x04loop\0")]);
    referral[2] &= !0x04;
    // The owner is loop., behind the first label of www.loop.; the record belongs to the authority
    // section.
    let owner = referral.len() - b"\x02ns\x04loop\0".len() - 12;
    referral[owner + 1] = 16;
    referral[7] = 0;
    referral[9] = 1;
    referral
}

/// Zones with a server that drops queries with EDNS and answers others; in one, beside two that
/// never reply.
const DEAF: [Zone; 2] = [
    zone("deaf", &["127.0.2.20"], Some(deaf)),
    zone(
        "deafer",
        &["127.0.2.21", "127.0.3.1", "127.0.3.2"],
        Some(deaf),
    ),
];

fn deaf(query: &RelayedQuery<'_>) -> Vec<Action> {
    match query.has_edns {
        true => Vec::new(),
        false => vec![Action::Send(reply(query.octets, &[(1, &[192, 0, 2, 1])]))],
    }
}

/// Zones that depend on a useless zone.
const DEPENDENT: &str = "\
alias.  NS ns.alias.
ns.alias. A 127.0.2.30
; The names of these servers are in useless zones.
lost.   NS ns.silent.
lost.   NS ns.silents.
lost.   NS ns.crowd.
";

const ALIAS: &str = "\
$TTL 3600
@    SOA   ns hostmaster 1 1800 900 604800 300
@    NS    ns
ns   A     127.0.2.30
www  CNAME next
next CNAME www.silent.
";

#[test]
fn rdns_reports_failures_within_its_deadline() {
    in_namespace("deadlines::failures_arrive_in_time", &["nsd"]);
}

fn root() -> String {
    let mut root = String::from(
        "$TTL 86400\n. SOA a.root. hostmaster.root. 1 1800 900 604800 86400\n. NS a.root.\na.root. A 127.0.1.1\n",
    );
    for Zone { name, servers, .. } in USELESS.iter().chain(&DEAF) {
        for (number, server) in servers.iter().enumerate() {
            let rtype = if server.contains(':') { "AAAA" } else { "A" };
            let host = format!("ns{number}.{name}.");
            root += &format!("{name}. NS {host}\n{host} {rtype} {server}\n");
        }
    }
    root + DEPENDENT
}

/// Starts the servers and `rdns`.
fn start() -> (Vec<RunningServer>, RunningServer) {
    let no_server = SocketAddr::from(([127, 0, 0, 1], 9));
    let at = |host: &str| SocketAddr::new(host.parse().unwrap(), 53);
    for last in 1..=SILENT {
        Relay::start(at(&format!("127.0.3.{last}")), no_server, |_| Vec::new());
    }
    for Zone { servers, first, .. } in USELESS.iter().chain(&DEAF) {
        if let Some(first) = first {
            Relay::start(at(servers[0]), no_server, *first);
        }
    }
    let servers = vec![
        nsd(at("127.0.1.1"), &[(".", &root())]),
        nsd(at("127.0.2.30"), &[("alias", ALIAS)]),
    ];
    (servers, rdns(at("127.0.4.1")))
}

/// Resolves `www` in many zones at the same time.
fn resolve_all(server: SocketAddr, zones: &[&'static str]) -> Vec<(&'static str, Reply)> {
    let resolve = |zone: &&'static str| {
        let zone = *zone;
        thread::spawn(move || (zone, resolve(server, &format!("www.{zone}"), RecordType::A)))
    };
    let threads: Vec<_> = zones.iter().map(resolve).collect();
    threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect()
}

#[test]
#[ignore = "needs a network namespace: the test above runs it in one"]
fn failures_arrive_in_time() {
    let (_servers, rdns) = start();
    let useless = USELESS.iter().map(|zone| zone.name);
    let zones: Vec<_> = useless.chain(["alias", "lost"]).collect();
    for (zone, reply) in resolve_all(rdns.address, &zones) {
        eprintln!("{zone}: {reply:?}");
        assert_eq!(reply.summary(), "SERVFAIL", "{zone}");
        assert_eq!(reply.info_codes, [NO_REACHABLE_AUTHORITY], "{zone}");
        assert!(reply.elapsed < DEADLINE, "{zone}: {:?}", reply.elapsed);
    }
    // A failure is cached for 5 seconds from its end: those that took 4.5 seconds are still cached.
    let slow = ["silent", "silents", "crowd", "alias", "lost"];
    for (zone, reply) in resolve_all(rdns.address, &slow) {
        assert_eq!(reply.summary(), "SERVFAIL", "{zone}");
        assert_eq!(reply.info_codes, [CACHED_ERROR], "{zone}");
        assert!(reply.elapsed < FROM_CACHE, "{zone}: {:?}", reply.elapsed);
    }
    let deaf: Vec<_> = DEAF.iter().map(|zone| zone.name).collect();
    for (zone, reply) in resolve_all(rdns.address, &deaf) {
        assert_eq!(reply.summary(), "NOERROR 192.0.2.1", "{zone}");
        assert!(reply.elapsed < DEADLINE, "{zone}: {:?}", reply.elapsed);
    }
}
