//! Many questions at once, for names whose servers say nothing, or nothing that makes sense.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, RecordType};

use crate::asker::{ask, query};
use crate::namespace::in_a_world_of_its_own;
use crate::peers::Peer;
use crate::programs::{nsd_at, rdns_from};
use crate::relay::{Act, Relay};

const HINTS: &str = ". 3600000 NS a.root.\na.root. 3600000 A 127.0.1.1\n";

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

/// After this time there is no answer any more.
const NO_MORE: Duration = Duration::from_secs(5);
/// How often is asked.
const TRIES: usize = 3;

#[test]
fn rdns_weathers_what_silent_servers_and_mangled_replies_do_to_it() {
    in_a_world_of_its_own("storms::it_goes_on", &["nsd"]);
}

#[test]
#[ignore = "needs a network namespace of its own: the other test gives it one"]
fn it_goes_on() {
    let at = |last: u8, port: u16| SocketAddr::from(([127, 0, 1, last], port));
    let _root = nsd_at(at(1, 53), &[(".", ROOT)]);
    let _mangled = nsd_at(at(3, 5_300), &[("mangled", MANGLED)]);
    let seed = AtomicU64::new(0);
    Relay::at(at(3, 53), at(3, 5_300), move |_| {
        vec![Act::Mangle(seed.fetch_add(1, Ordering::Relaxed))]
    });
    // Somebody is there, and never looks.
    let _silent = UdpSocket::bind(at(2, 53)).unwrap();
    let rdns = rdns_from(SocketAddr::from(([127, 0, 2, 1], 53)), HINTS);
    thousands_in_flight_take_little_memory(&rdns);
    whatever_comes_back_everybody_is_answered(&rdns);
    assert_eq!(
        ask(rdns.address, "good", RecordType::A).said(),
        "NOERROR 192.0.2.1"
    );
}

/// One that waits has a socket, and a walk of some kilobytes.
fn thousands_in_flight_take_little_memory(rdns: &Peer) {
    const MANY: u16 = 3_000;
    let before = rdns.most_memory();
    let names = (0..MANY).map(|n| format!("n{n}.silent"));
    let rcodes = ask_all(rdns.address, &names.collect::<Vec<_>>());
    assert_eq!(rcodes, BTreeMap::from([(Rcode::SERVFAIL, MANY.into())]));
    let grown = rdns.most_memory() - before;
    eprintln!("{grown} KiB for {MANY} in flight");
    assert!(grown < u64::from(MANY) * 24, "{grown} KiB more");
}

/// What one octet does to a reply cannot be foreseen; some of them are fit to be believed. But nobody is left without an answer.
fn whatever_comes_back_everybody_is_answered(rdns: &Peer) {
    let kinds = ["", ".alias", ".chain", ".text"];
    let names = (0..800).map(|n| format!("n{n}{}.mangled", kinds[n % 4]));
    let rcodes = ask_all(rdns.address, &names.collect::<Vec<_>>());
    eprintln!("{rcodes:?}");
    let known = [Rcode::NOERROR, Rcode::NXDOMAIN, Rcode::SERVFAIL];
    assert!(
        rcodes.keys().all(|rcode| known.contains(rcode)),
        "{rcodes:?}"
    );
    assert!(rcodes[&Rcode::NOERROR] > 100, "{rcodes:?}");
}

/// Asks for the addresses of all names, without waiting for one before the next; and counts how it ended. Whoever hears nothing for
/// so long that no answer can come any more asks again: UDP may lose what it carries.
fn ask_all(server: SocketAddr, names: &[String]) -> BTreeMap<Rcode, usize> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(NO_MORE)).unwrap();
    let mut told = BTreeMap::new();
    for _ in 0..TRIES {
        for (id, name) in (0..).zip(names) {
            if !told.contains_key(&id) {
                socket.send(&query(id, name, RecordType::A)).unwrap();
            }
            if id % 100 == 99 {
                // It has to keep up, or the system throws away what would be tested.
                sleep(Duration::from_millis(10));
            }
        }
        listen(&socket, &mut told, names.len());
    }
    assert_eq!(told.len(), names.len(), "so many were answered");
    let mut rcodes = BTreeMap::new();
    for rcode in told.into_values() {
        *rcodes.entry(rcode).or_default() += 1;
    }
    rcodes
}

/// Hears replies, until there are so many, or no more.
fn listen(socket: &UdpSocket, told: &mut BTreeMap<u16, Rcode>, all: usize) {
    let mut buffer = [0; 4_096];
    while told.len() < all {
        let Ok(length) = socket.recv(&mut buffer) else {
            return;
        };
        let reply = DnsPacket::parse(&buffer[..length]).unwrap();
        told.insert(reply.header.id, reply.rcode());
    }
}
