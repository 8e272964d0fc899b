//! Zones whose servers are of no use, each in a way of its own: whoever asks `rdns` has to know by 4.5 seconds, since dig gives up at 5.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use dnsparse::RecordType;

use crate::asker::{Told, ask};
use crate::namespace::in_a_world_of_its_own;
use crate::peers::Peer;
use crate::programs::{nsd_at, rdns_from};
use crate::relay::{Act, Asked, Relay, failure, reply, truncated};

/// 4.5 seconds, and what a busy machine may add.
const BY_THEN: Duration = Duration::from_secs(5);
/// Without any question to anybody.
const AT_ONCE: Duration = Duration::from_secs(1);

const NO_REACHABLE_AUTHORITY: u16 = 22;
const CACHED_ERROR: u16 = 13;

const HINTS: &str = ". 3600000 NS a.root.\na.root. 3600000 A 127.0.1.1\n";

/// A zone: its servers' addresses, and what its first server does, if there is somebody. The addresses from 127.0.3.1 on are
/// those of servers that never say anything.
struct Zone {
    name: &'static str,
    servers: &'static [&'static str],
    first: Option<fn(&Asked<'_>) -> Vec<Act>>,
}

const fn zone(
    name: &'static str,
    servers: &'static [&'static str],
    first: Option<fn(&Asked<'_>) -> Vec<Act>>,
) -> Zone {
    Zone {
        name,
        servers,
        first,
    }
}

/// How many servers never say anything.
const SILENT: u8 = 13;

/// None of these has an answer.
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
    // Nobody listens there, and the system says so.
    zone("closed", &["127.0.1.99", "127.0.1.98"], None),
    // There is no way to these.
    zone("remote", &["192.0.2.1"], None),
    zone("sixth", &["2001:db8::1", "2001:db8::2"], None),
    zone(
        "garbage",
        &["127.0.2.1"],
        Some(|_| vec![Act::Say(vec![0x55; 64])]),
    ),
    zone(
        "nothing",
        &["127.0.2.2"],
        Some(|_| vec![Act::Say(Vec::new())]),
    ),
    zone(
        "echo",
        &["127.0.2.3"],
        Some(|asked| vec![Act::Say(asked.octets.to_vec())]),
    ),
    zone(
        "formerr",
        &["127.0.2.4"],
        Some(|asked| vec![Act::Say(failure(asked.octets, 1))]),
    ),
    zone(
        "servfail",
        &["127.0.2.5"],
        Some(|asked| vec![Act::Say(failure(asked.octets, 2))]),
    ),
    zone(
        "refused",
        &["127.0.2.6"],
        Some(|asked| vec![Act::Say(failure(asked.octets, 5))]),
    ),
    // It would say it over TCP, and then does not.
    zone("cut", &["127.0.2.7"], Some(cut)),
    // No address that can be read, ever.
    zone(
        "malformed",
        &["127.0.2.8"],
        Some(|asked| vec![Act::Say(reply(asked.octets, &[(1, &[6, 6, 6])]))]),
    ),
    // To itself.
    zone(
        "loop",
        &["127.0.2.9"],
        Some(|asked| vec![Act::Say(to_itself(asked.octets))]),
    ),
];

fn cut(asked: &Asked<'_>) -> Vec<Act> {
    match asked.by_tcp {
        true => Vec::new(),
        false => vec![Act::Say(truncated(asked.octets))],
    }
}

/// A referral to the zone itself: `loop. NS ns.loop.`
fn to_itself(query: &[u8]) -> Vec<u8> {
    let mut referral = reply(query, &[(2, b"\x02ns\x04loop\0")]);
    referral[2] &= !0x04;
    // The owner is loop., which follows the first label of www.loop.; and it is authority.
    let owner = referral.len() - b"\x02ns\x04loop\0".len() - 12;
    referral[owner + 1] = 16;
    referral[7] = 0;
    referral[9] = 1;
    referral
}

/// Silent to EDNS, and no worse. Also where two are.
const DEAF: [Zone; 2] = [
    zone("deaf", &["127.0.2.20"], Some(deaf)),
    zone(
        "deafer",
        &["127.0.2.21", "127.0.3.1", "127.0.3.2"],
        Some(deaf),
    ),
];

fn deaf(asked: &Asked<'_>) -> Vec<Act> {
    match asked.has_edns {
        true => Vec::new(),
        false => vec![Act::Say(reply(asked.octets, &[(1, &[192, 0, 2, 1])]))],
    }
}

/// Names whose answer hangs on a zone of no use in another way.
const BEYOND: &str = "\
alias.  NS ns.alias.
ns.alias. A 127.0.2.30
; The server's own name is in a zone of no use.
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
fn rdns_tells_in_time_that_there_is_no_answer() {
    in_a_world_of_its_own("deadlines::in_time", &["nsd"]);
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
    root + BEYOND
}

fn world() -> (Vec<Peer>, Peer) {
    let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
    let at = |host: &str| SocketAddr::new(host.parse().unwrap(), 53);
    for last in 1..=SILENT {
        Relay::at(at(&format!("127.0.3.{last}")), nobody, |_| Vec::new());
    }
    for Zone { servers, first, .. } in USELESS.iter().chain(&DEAF) {
        if let Some(first) = first {
            Relay::at(at(servers[0]), nobody, *first);
        }
    }
    let servers = vec![
        nsd_at(at("127.0.1.1"), &[(".", &root())]),
        nsd_at(at("127.0.2.30"), &[("alias", ALIAS)]),
    ];
    (servers, rdns_from(at("127.0.4.1"), HINTS))
}

/// Asks for `www` in many zones at the same time.
fn ask_all(server: SocketAddr, zones: &[&'static str]) -> Vec<(&'static str, Told)> {
    let ask = |zone: &&'static str| {
        let zone = *zone;
        thread::spawn(move || (zone, ask(server, &format!("www.{zone}"), RecordType::A)))
    };
    let askers: Vec<_> = zones.iter().map(ask).collect();
    askers
        .into_iter()
        .map(|asker| asker.join().unwrap())
        .collect()
}

#[test]
#[ignore = "needs a network namespace of its own: the other test gives it one"]
fn in_time() {
    let (_servers, rdns) = world();
    let useless = USELESS.iter().map(|zone| zone.name);
    let zones: Vec<_> = useless.chain(["alias", "lost"]).collect();
    for (zone, told) in ask_all(rdns.address, &zones) {
        eprintln!("{zone}: {told:?}");
        assert_eq!(told.said(), "SERVFAIL", "{zone}");
        assert_eq!(told.why, [NO_REACHABLE_AUTHORITY], "{zone}");
        assert!(told.took < BY_THEN, "{zone}: {:?}", told.took);
    }
    // A failure is remembered for 5 seconds from the moment in which it was one: those that took time are still known.
    let slow = ["silent", "silents", "crowd", "alias", "lost"];
    for (zone, told) in ask_all(rdns.address, &slow) {
        assert_eq!(told.said(), "SERVFAIL", "{zone}");
        assert_eq!(told.why, [CACHED_ERROR], "{zone}");
        assert!(told.took < AT_ONCE, "{zone}: {:?}", told.took);
    }
    let deaf: Vec<_> = DEAF.iter().map(|zone| zone.name).collect();
    for (zone, told) in ask_all(rdns.address, &deaf) {
        assert_eq!(told.said(), "NOERROR 192.0.2.1", "{zone}");
        assert!(told.took < BY_THEN, "{zone}: {:?}", told.took);
    }
}
