//! Replies that `rdns` must discard, each followed by the genuine one (RFC 5452 section 9.1); and
//! malformed records, which it must not pass on.

use std::net::SocketAddr;

use dnsparse::RecordType;
use real_servers::nsd;

use crate::client::resolve;
use crate::rdns::{in_namespace, rdns};
use crate::relay::{Action, Relay, RelayedQuery, failure, reply, truncated};

const A: u16 = 1;
/// The address in genuine replies.
const GENUINE: [u8; 4] = [192, 0, 2, 1];
/// The address in forged replies.
const FORGED: [u8; 4] = [6, 6, 6, 6];
/// A record of type A with three octets of RDATA.
const MALFORMED: (u16, &[u8]) = (A, &[6, 6, 6]);

type Behaviour = fn(&RelayedQuery<'_>) -> Vec<Action>;

/// Zones, the behaviour of each zone's server, and the answer that a client must get for `www` in
/// it.
const ZONES: [(&str, Behaviour, &str); 13] = [
    (
        "query",
        |query| then_genuine(query, not_a_reply),
        "NOERROR 192.0.2.1",
    ),
    (
        "question",
        |query| then_genuine(query, another_question),
        "NOERROR 192.0.2.1",
    ),
    (
        "type",
        |query| then_genuine(query, another_type),
        "NOERROR 192.0.2.1",
    ),
    (
        "id",
        |query| then_genuine(query, another_id),
        "NOERROR 192.0.2.1",
    ),
    (
        "opcode",
        |query| then_genuine(query, another_opcode),
        "NOERROR 192.0.2.1",
    ),
    (
        "garbage",
        |query| then_genuine(query, |_| vec![0x55; 100]),
        "NOERROR 192.0.2.1",
    ),
    (
        "runt",
        |query| then_genuine(query, |query| query[..11].to_vec()),
        "NOERROR 192.0.2.1",
    ),
    (
        "address",
        |query| forged_from(query, [127, 0, 3, 1], 53),
        "NOERROR 192.0.2.1",
    ),
    (
        "port",
        |query| forged_from(query, [127, 0, 2, 9], 5_353),
        "NOERROR 192.0.2.1",
    ),
    (
        "malformed",
        |query| then_genuine(query, one_malformed),
        "NOERROR 192.0.2.1",
    ),
    // TC without a question: the query is repeated over TCP, where a message without it is
    // discarded.
    (
        "cut",
        |query| then_genuine(query, cut_without_question),
        "NOERROR 192.0.2.1",
    ),
    // No better reply follows, and a part of an RRset is no answer (RFC 2181 section 5).
    (
        "only",
        |query| vec![Action::Send(one_malformed(query.octets))],
        "SERVFAIL",
    ),
    // NXDOMAIN for another question: the question must match, whatever the RCODE.
    (
        "nxdomain",
        |query| then_genuine(query, nxdomain_for_another_question),
        "NOERROR 192.0.2.1",
    ),
];

fn then_genuine(query: &RelayedQuery<'_>, forged: fn(&[u8]) -> Vec<u8>) -> Vec<Action> {
    let genuine = reply(query.octets, &[(A, &GENUINE)]);
    vec![Action::Send(forged(query.octets)), Action::Send(genuine)]
}

/// The forged reply comes from this address and port.
fn forged_from(query: &RelayedQuery<'_>, address: [u8; 4], port: u16) -> Vec<Action> {
    let genuine = reply(query.octets, &[(A, &GENUINE)]);
    let forged = reply(query.octets, &[(A, &FORGED)]);
    let address = SocketAddr::from((address, port));
    vec![Action::SendFrom(address, forged), Action::Send(genuine)]
}

/// Returns a forged reply with some bits of one octet flipped.
fn forged(query: &[u8], at: usize, mask: u8) -> Vec<u8> {
    let mut forged = reply(query, &[(A, &FORGED)]);
    forged[at] ^= mask;
    forged
}

fn not_a_reply(query: &[u8]) -> Vec<u8> {
    forged(query, 2, 0x80)
}

fn another_question(query: &[u8]) -> Vec<u8> {
    // The first letter of `www`.
    forged(query, 13, 0x01)
}

fn another_type(query: &[u8]) -> Vec<u8> {
    // The low octet of QTYPE stands before the two octets of QCLASS, which end the question.
    let length = reply(query, &[]).len();
    forged(query, length - 3, 0x03)
}

fn another_id(query: &[u8]) -> Vec<u8> {
    forged(query, 1, 0x01)
}

fn another_opcode(query: &[u8]) -> Vec<u8> {
    forged(query, 2, 0x20)
}

fn one_malformed(query: &[u8]) -> Vec<u8> {
    reply(query, &[(A, &FORGED), MALFORMED])
}

fn cut_without_question(query: &[u8]) -> Vec<u8> {
    let mut reply = truncated(query);
    reply[5] = 0;
    reply.truncate(12);
    reply
}

fn nxdomain_for_another_question(query: &[u8]) -> Vec<u8> {
    let mut reply = failure(query, 3);
    reply[13] ^= 0x01;
    reply
}

#[test]
fn rdns_discards_replies_that_do_not_match_its_query() {
    in_namespace("replies::the_genuine_reply_is_used", &["nsd"]);
}

#[test]
#[ignore = "needs a network namespace: the test above runs it in one"]
fn the_genuine_reply_is_used() {
    let at = |third: u8, last: u8| SocketAddr::from(([127, 0, third, last], 53));
    let mut root = String::from(
        "$TTL 86400\n. SOA a.root. hostmaster.root. 1 1800 900 604800 86400\n. NS a.root.\na.root. A 127.0.1.1\n",
    );
    for ((zone, behaviour, _), last) in ZONES.iter().zip(1..) {
        root += &format!("{zone}. NS ns.{zone}.\nns.{zone}. A 127.0.2.{last}\n");
        Relay::start(at(2, last), at(1, 1), *behaviour);
    }
    let _root = nsd(at(1, 1), &[(".", &root)]);
    let rdns = rdns(at(4, 1));
    for (zone, _, expected) in ZONES {
        // Twice: the cached answer must be genuine too.
        for _ in 0..2 {
            let reply = resolve(rdns.address, &format!("www.{zone}"), RecordType::A);
            assert_eq!(reply.summary(), expected, "{zone}");
        }
    }
}
