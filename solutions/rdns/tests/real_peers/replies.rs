//! Replies that must not decide, each with the true one behind it (RFC 5452 section 9.1); and records that must not be handed on.

use std::net::SocketAddr;

use dnsparse::RecordType;

use crate::asker::ask;
use crate::namespace::in_a_world_of_its_own;
use crate::programs::{nsd_at, rdns_from};
use crate::relay::{Act, Asked, Relay, failure, reply, truncated};

const HINTS: &str = ". 3600000 NS a.root.\na.root. 3600000 A 127.0.1.1\n";
const A: u16 = 1;
/// What is true.
const TRUTH: [u8; 4] = [192, 0, 2, 1];
/// What a forger says.
const LIE: [u8; 4] = [6, 6, 6, 6];
/// A record of type A with three octets of RDATA.
const MALFORMED: (u16, &[u8]) = (A, &[6, 6, 6]);

type Manner = fn(&Asked<'_>) -> Vec<Act>;

/// Zones, each with a server that says two things; and what an asker for `www` in it has to be told.
const ZONES: [(&str, Manner, &str); 13] = [
    (
        "query",
        |asked| then_true(asked, not_a_reply),
        "NOERROR 192.0.2.1",
    ),
    (
        "question",
        |asked| then_true(asked, another_question),
        "NOERROR 192.0.2.1",
    ),
    (
        "type",
        |asked| then_true(asked, another_type),
        "NOERROR 192.0.2.1",
    ),
    (
        "id",
        |asked| then_true(asked, another_id),
        "NOERROR 192.0.2.1",
    ),
    (
        "opcode",
        |asked| then_true(asked, another_opcode),
        "NOERROR 192.0.2.1",
    ),
    (
        "garbage",
        |asked| then_true(asked, |_| vec![0x55; 100]),
        "NOERROR 192.0.2.1",
    ),
    (
        "runt",
        |asked| then_true(asked, |query| query[..11].to_vec()),
        "NOERROR 192.0.2.1",
    ),
    (
        "address",
        |asked| from(asked, [127, 0, 3, 1], 53),
        "NOERROR 192.0.2.1",
    ),
    (
        "port",
        |asked| from(asked, [127, 0, 2, 9], 5_353),
        "NOERROR 192.0.2.1",
    ),
    (
        "malformed",
        |asked| then_true(asked, one_malformed),
        "NOERROR 192.0.2.1",
    ),
    // Without its question, and marked as cut short: nobody can ask again over TCP for something unknown.
    (
        "cut",
        |asked| then_true(asked, cut_without_question),
        "NOERROR 192.0.2.1",
    ),
    // Nothing better comes.
    (
        "only",
        |asked| vec![Act::Say(one_malformed(asked.octets))],
        "NOERROR 6.6.6.6",
    ),
    // A name that does not exist after all: the question in the reply has to be ours, whatever its RCODE.
    (
        "nxdomain",
        |asked| then_true(asked, not_ours),
        "NOERROR 192.0.2.1",
    ),
];

fn then_true(asked: &Asked<'_>, false_one: fn(&[u8]) -> Vec<u8>) -> Vec<Act> {
    let truth = reply(asked.octets, &[(A, &TRUTH)]);
    vec![Act::Say(false_one(asked.octets)), Act::Say(truth)]
}

/// The lie comes from there.
fn from(asked: &Asked<'_>, address: [u8; 4], port: u16) -> Vec<Act> {
    let truth = reply(asked.octets, &[(A, &TRUTH)]);
    let lie = reply(asked.octets, &[(A, &LIE)]);
    let address = SocketAddr::from((address, port));
    vec![Act::SayFrom(address, lie), Act::Say(truth)]
}

/// A lie, with one octet changed.
fn lie(query: &[u8], at: usize, mask: u8) -> Vec<u8> {
    let mut lie = reply(query, &[(A, &LIE)]);
    lie[at] ^= mask;
    lie
}

fn not_a_reply(query: &[u8]) -> Vec<u8> {
    lie(query, 2, 0x80)
}

fn another_question(query: &[u8]) -> Vec<u8> {
    // The first letter of `www`.
    lie(query, 13, 0x01)
}

fn another_type(query: &[u8]) -> Vec<u8> {
    // The type's low octet is the last but two of the question: before the pointer of the answer and its 14 octets.
    let length = reply(query, &[]).len();
    lie(query, length - 3, 0x03)
}

fn another_id(query: &[u8]) -> Vec<u8> {
    lie(query, 1, 0x01)
}

fn another_opcode(query: &[u8]) -> Vec<u8> {
    lie(query, 2, 0x20)
}

fn one_malformed(query: &[u8]) -> Vec<u8> {
    reply(query, &[(A, &LIE), MALFORMED])
}

fn cut_without_question(query: &[u8]) -> Vec<u8> {
    let mut reply = truncated(query);
    reply[5] = 0;
    reply.truncate(12);
    reply
}

fn not_ours(query: &[u8]) -> Vec<u8> {
    let mut reply = failure(query, 3);
    reply[13] ^= 0x01;
    reply
}

#[test]
fn rdns_goes_by_true_replies_alone() {
    in_a_world_of_its_own("replies::the_true_one_counts", &["nsd"]);
}

#[test]
#[ignore = "needs a network namespace of its own: the other test gives it one"]
fn the_true_one_counts() {
    let at = |third: u8, last: u8| SocketAddr::from(([127, 0, third, last], 53));
    let mut root = String::from(
        "$TTL 86400\n. SOA a.root. hostmaster.root. 1 1800 900 604800 86400\n. NS a.root.\na.root. A 127.0.1.1\n",
    );
    for ((zone, manner, _), last) in ZONES.iter().zip(1..) {
        root += &format!("{zone}. NS ns.{zone}.\nns.{zone}. A 127.0.2.{last}\n");
        Relay::at(at(2, last), at(1, 1), *manner);
    }
    let _root = nsd_at(at(1, 1), &[(".", &root)]);
    let rdns = rdns_from(at(4, 1), HINTS);
    for (zone, _, expected) in ZONES {
        // Twice: what is remembered has to be true as well.
        for _ in 0..2 {
            let told = ask(rdns.address, &format!("www.{zone}"), RecordType::A);
            assert_eq!(told.said(), expected, "{zone}");
        }
    }
}
