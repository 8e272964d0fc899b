//! Thousands of queries at once, for names whose servers never reply or send mangled replies.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, RecordType};
use real_servers::{RunningServer, nsd};

use crate::client::{query, resolve};
use crate::rdns::{in_namespace, rdns};
use crate::relay::{Action, Relay};

const ROOT: &str = "\
$TTL 86400
.            SOA  a.root. hostmaster.root. 1 1800 900 604800 86400
.            NS   a.root.
a.root.      A    127.0.1.1
silent.      NS   ns.silent.
ns.silent.   A    127.0.1.2
mangled.     NS   ns.mangled.
ns.mangled.  A    127.0.1.3
good.        A    192.0.2.1
";

const MANGLED: &str = "\
$TTL 3600
@        SOA  ns hostmaster 1 1800 900 604800 300
@        NS   ns
ns       A    127.0.1.3
*        A    192.0.2.2
*        A    192.0.2.3
*.alias  CNAME a.long.chain
*.chain  CNAME www
*.text   TXT  \"some\" \"text\"
";

/// A resolution ends within 4.5 seconds: after this time no further reply comes.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The time between two bursts of queries.
const PAUSE: Duration = Duration::from_millis(10);
/// The number of times that a query is sent until its reply comes: UDP may lose datagrams.
const ATTEMPTS: usize = 3;

#[test]
fn rdns_withstands_timeouts_and_mangled_replies_in_thousands() {
    in_namespace("many_queries::every_query_is_answered", &["nsd"]);
}

#[test]
#[ignore = "needs a network namespace: the test above runs it in one"]
fn every_query_is_answered() {
    let at = |last: u8, port: u16| SocketAddr::from(([127, 0, 1, last], port));
    let _root = nsd(at(1, 53), &[(".", ROOT)]);
    let _mangled = nsd(at(3, 5_300), &[("mangled", MANGLED)]);
    let seed = AtomicU64::new(0);
    Relay::start(at(3, 53), at(3, 5_300), move |_| {
        vec![Action::ForwardMangled(seed.fetch_add(1, Ordering::Relaxed))]
    });
    // A socket that is never read.
    let _silent = UdpSocket::bind(at(2, 53)).unwrap();
    let rdns = rdns(SocketAddr::from(([127, 0, 2, 1], 53)));
    thousands_of_resolutions_take_little_memory(&rdns);
    mangled_replies_leave_no_query_unanswered(&rdns);
    assert_eq!(
        resolve(rdns.address, "good", RecordType::A).summary(),
        "NOERROR 192.0.2.1"
    );
}

/// A resolution in progress holds one socket and a walk of some kilobytes.
fn thousands_of_resolutions_take_little_memory(rdns: &RunningServer) {
    const MANY: u16 = 3_000;
    let before = rdns.peak_memory();
    let names = (0..MANY).map(|n| format!("n{n}.silent"));
    let rcodes = resolve_all(rdns.address, &names.collect::<Vec<_>>());
    assert_eq!(rcodes, BTreeMap::from([(Rcode::SERVFAIL, MANY.into())]));
    let grown = rdns.peak_memory() - before;
    eprintln!("{grown} KiB for {MANY} in flight");
    assert!(grown < u64::from(MANY) * 24, "{grown} KiB more");
}

/// A changed octet may leave a reply valid, so the answers cannot be predicted. But each query gets
/// one.
fn mangled_replies_leave_no_query_unanswered(rdns: &RunningServer) {
    let kinds = ["", ".alias", ".chain", ".text"];
    let names = (0..800).map(|n| format!("n{n}{}.mangled", kinds[n % 4]));
    let rcodes = resolve_all(rdns.address, &names.collect::<Vec<_>>());
    eprintln!("{rcodes:?}");
    let possible = [Rcode::NOERROR, Rcode::NXDOMAIN, Rcode::SERVFAIL];
    assert!(
        rcodes.keys().all(|rcode| possible.contains(rcode)),
        "{rcodes:?}"
    );
    assert!(rcodes[&Rcode::NOERROR] > 100, "{rcodes:?}");
}

/// Sends a query for the addresses of each name without waiting for replies, and counts the RCODEs.
/// Queries without a reply within the timeout are sent again.
fn resolve_all(server: SocketAddr, names: &[String]) -> BTreeMap<Rcode, usize> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(server).unwrap();
    let mut rcodes = BTreeMap::new();
    for _ in 0..ATTEMPTS {
        for (id, name) in (0..).zip(names) {
            if !rcodes.contains_key(&id) {
                socket.send(&query(id, name, RecordType::A)).unwrap();
            }
            if id % 100 == 99 {
                // `rdns` reads meanwhile, and so does this client: a full receive buffer on either
                // side drops messages of the test.
                receive_replies(&socket, PAUSE, &mut rcodes, names.len());
            }
        }
        receive_replies(&socket, TIMEOUT, &mut rcodes, names.len());
    }
    assert_eq!(rcodes.len(), names.len(), "replies");
    let mut counts = BTreeMap::new();
    for rcode in rcodes.into_values() {
        *counts.entry(rcode).or_default() += 1;
    }
    counts
}

/// Receives replies until there are `all`, or none within the timeout. Keys are message ids.
fn receive_replies(
    socket: &UdpSocket,
    timeout: Duration,
    rcodes: &mut BTreeMap<u16, Rcode>,
    all: usize,
) {
    socket.set_read_timeout(Some(timeout)).unwrap();
    let mut buffer = [0; 4_096];
    while rcodes.len() < all {
        let Ok(length) = socket.recv(&mut buffer) else {
            return;
        };
        let reply = DnsPacket::parse(&buffer[..length]).unwrap();
        rcodes.insert(reply.header.id, reply.rcode());
    }
}
