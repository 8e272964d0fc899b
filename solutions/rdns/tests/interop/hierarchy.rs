//! `rdns`, unbound and pdns_recursor on one hierarchy of real name servers: the three resolvers
//! must give the same answers.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::thread;

use real_servers::{command, pdns_recursor, unbound};

use crate::rdns::{HINTS, in_namespace, rdns};
use crate::zones::start_servers;

/// The time that dig waits for a reply, in seconds.
const TIMEOUT: u32 = 30;
/// The same for zones at which unbound may take over a minute.
const SHORT_TIMEOUT: u32 = 15;
/// The number of questions that are sent at the same time.
const AT_ONCE: usize = 6;

/// Questions with the same answer from all three. `{63}` stands for a label of 63 letters.
const QUESTIONS: [(&str, &str); 67] = [
    (".", "NS"),
    (".", "SOA"),
    ("alpha", "NS"),
    ("www.shop.alpha", "A"),
    ("WWW.shop.ALPHA", "A"),
    ("www.shop.alpha", "AAAA"),
    ("shop.alpha", "A"),
    ("shop.alpha", "MX"),
    ("shop.alpha", "TXT"),
    ("shop.alpha", "NS"),
    ("shop.alpha", "SOA"),
    ("shop.alpha", "CAA"),
    ("shop.alpha", "NAPTR"),
    ("www.shop.alpha", "SOA"),
    ("mail.shop.alpha", "AAAA"),
    ("_sip._udp.shop.alpha", "SRV"),
    ("host.shop.alpha", "HINFO"),
    ("_443._tcp.www.shop.alpha", "TLSA"),
    // Aliases within a zone and across several.
    ("near.shop.alpha", "A"),
    ("near.shop.alpha", "MX"),
    ("near.shop.alpha", "CNAME"),
    ("far.shop.alpha", "A"),
    ("far.shop.alpha", "CNAME"),
    ("back.farm.beta", "A"),
    ("odyssey.shop.alpha", "A"),
    ("odyssey.shop.alpha", "TXT"),
    ("lost.shop.alpha", "A"),
    ("mute.shop.alpha", "TXT"),
    ("nowhere.shop.alpha", "A"),
    ("self.shop.alpha", "A"),
    ("circle.shop.alpha", "A"),
    ("broken.shop.alpha", "A"),
    ("bare.shop.alpha", "A"),
    ("any.spin.shop.alpha", "A"),
    // Wildcards, empty non-terminals, and DNAME.
    ("any.wild.shop.alpha", "A"),
    ("any.wild.shop.alpha", "MX"),
    ("any.wild.shop.alpha", "TXT"),
    ("many.more.wild.shop.alpha", "A"),
    ("*.wild.shop.alpha", "A"),
    ("wild.shop.alpha", "A"),
    ("here.wild.shop.alpha", "A"),
    ("below.here.wild.shop.alpha", "A"),
    ("any.tame.shop.alpha", "A"),
    ("twig.shop.alpha", "A"),
    ("cow.old.shop.alpha", "A"),
    ("back.old.shop.alpha", "A"),
    ("nosuch.old.shop.alpha", "A"),
    ("{63}.{63}.{63}.old.shop.alpha", "A"),
    ("old.shop.alpha", "DNAME"),
    ("old.shop.alpha", "A"),
    // Odd names and types, large answers.
    ("dot\\.ted.shop.alpha", "A"),
    ("sp\\032ace\\@\\(\\;\\\"\\\\\\000\\255.shop.alpha", "A"),
    ("{63}.{63}.{63}.nosuch.shop.alpha", "A"),
    ("zero.shop.alpha", "A"),
    ("odd.shop.alpha", "TYPE65280"),
    ("odd.shop.alpha", "TYPE65281"),
    ("odd.shop.alpha", "TYPE65282"),
    ("big.farm.beta", "TXT"),
    ("many.shop.alpha", "A"),
    // Servers without glue; lame or dead ones beside a good one; over TCP alone; without EDNS.
    ("www.bank.alpha", "A"),
    ("www.deep.beta", "A"),
    ("www.half.alpha", "A"),
    ("www.lame.alpha", "A"),
    ("www.shy.alpha", "A"),
    ("www.up.alpha", "A"),
    ("www.cut.alpha", "A"),
    ("www.fussy.alpha", "A"),
];

/// Zone cuts, and names that do not exist.
const AT_CUTS: [(&str, &str); 12] = [
    ("www.sub.shop.alpha", "A"),
    ("sub.shop.alpha", "SOA"),
    ("sub.shop.alpha", "DS"),
    ("bank.alpha", "DS"),
    ("shop.alpha", "DS"),
    ("alpha", "DS"),
    ("shop.alpha", "DNSKEY"),
    ("bank.alpha", "SOA"),
    ("nosuch.shop.alpha", "A"),
    ("below.nosuch.shop.alpha", "A"),
    ("nosuch.alpha", "A"),
    ("nosuch", "A"),
];

/// Zones with a server that never replies. Unbound may take over a minute there: then the answer of
/// pdns_recursor alone is compared.
const WITH_TIMEOUTS: [(&str, &str); 3] = [
    ("www.quiet.alpha", "A"),
    ("www.gone.alpha", "A"),
    ("www.void.alpha", "A"),
];

/// The least number of questions that all three must answer in time.
const UNANIMOUS: usize = 60;

/// Questions on which unbound and pdns_recursor disagree, and the answer of `rdns`.
const DISPUTED: [((&str, &str), &str); 3] = [
    // Alias loops must be signalled as an error (RFC 1034 section 3.6.2). The names of this one
    // grow: unbound stops with NOERROR, pdns_recursor with SERVFAIL and all of the aliases.
    (("any.turn.shop.alpha", "A"), "SERVFAIL "),
    // The RCODE belongs to the last name of the chain (RFC 6604 section 3): a failure. No RFC says
    // whether the answer section holds the alias: unbound leaves it out, pdns_recursor does not.
    (("hopeless.shop.alpha", "A"), "SERVFAIL "),
    // A server behind a firewall that drops queries with EDNS looks dead, yet answers plain queries
    // (RFC 8906 section 2). Unbound retries with EDNS for more than a minute; pdns_recursor never
    // tries without.
    (
        ("www.deaf.alpha", "A"),
        "NOERROR www.deaf.alpha. in a 192.0.2.91",
    ),
];

#[test]
fn rdns_answers_as_unbound_and_pdns_recursor_do() {
    let programs = ["dig", "nsd", "pdns_recursor", "unbound"];
    in_namespace("hierarchy::three_resolvers_agree", &programs);
}

#[test]
#[ignore = "needs a network namespace: the test above runs it in one"]
fn three_resolvers_agree() {
    let _servers = start_servers();
    let at = |last: u8| SocketAddr::from(([127, 0, 2, last], 53));
    let ours = rdns(at(1));
    let unbound = unbound(at(2), HINTS);
    let pdns = pdns_recursor(at(3), HINTS);
    let all = [ours.address, unbound.address, pdns.address];
    let questions: Vec<_> = QUESTIONS.into_iter().chain(AT_CUTS).collect();
    let (mut wrong, mut unanimous) = (Vec::new(), 0);
    for questions in questions.chunks(AT_ONCE) {
        unanimous += compare(all, questions, TIMEOUT, &mut wrong);
    }
    unanimous += compare(all, &WITH_TIMEOUTS, SHORT_TIMEOUT, &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        unanimous >= UNANIMOUS,
        "only {unanimous} questions were answered by all three"
    );
    for (question, expected) in DISPUTED {
        assert_eq!(shown(&answer(ours.address, question, TIMEOUT)), expected);
    }
}

/// Compares the answers of `rdns`, unbound and pdns_recursor; adds each disagreement to `wrong`,
/// and returns the number of questions that all three answered in time. Where unbound times out,
/// the answer of pdns_recursor is enough, and the other way round.
fn compare(
    all: [SocketAddr; 3],
    questions: &[(&'static str, &'static str)],
    timeout: u32,
    wrong: &mut Vec<String>,
) -> usize {
    let lookups = questions.iter().map(|question| {
        let threads = all.map(|server| {
            let question = *question;
            thread::spawn(move || answer(server, question, timeout))
        });
        (question, threads)
    });
    let lookups: Vec<_> = lookups.collect();
    let mut unanimous = 0;
    for ((qname, qtype), threads) in lookups {
        let [ours, unbound, pdns] = threads.map(|thread| thread.join().unwrap());
        eprintln!("{qname} {qtype}: {}", shown(&ours));
        let others: Vec<_> = [&unbound, &pdns].into_iter().flatten().collect();
        unanimous += usize::from(others.len() == 2);
        if others.is_empty() || others.iter().any(|other| ours.as_ref() != Some(other)) {
            let [ours, unbound, pdns] = [&ours, &unbound, &pdns].map(shown);
            wrong.push(format!(
                "{qname} {qtype}\n  rdns    {ours}\n  unbound {unbound}\n  pdns    {pdns}"
            ));
        }
    }
    unanimous
}

/// RCODE and records in dig's form.
type Answer = (String, BTreeSet<String>);

fn shown(answer: &Option<Answer>) -> String {
    let Some((rcode, records)) = answer else {
        return "no reply".to_owned();
    };
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    let mut text = format!("{rcode} {}", records.join(", "));
    text.truncate(300);
    text
}

/// Returns RCODE, answer and authority section of the reply, if one arrives. TTLs are left out:
/// they count down in a cache.
fn answer(server: SocketAddr, (qname, qtype): (&str, &str), timeout: u32) -> Option<Answer> {
    let qname = &qname.replace("{63}", &"x".repeat(63));
    let output = command("dig")
        .arg(format!("@{}", server.ip()))
        .args([
            qname,
            qtype,
            "+noall",
            "+comments",
            "+answer",
            "+authority",
            &format!("+timeout={timeout}"),
            "+tries=1",
        ])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let status = text
        .split_once("status: ")
        .and_then(|(_, rest)| rest.split_once(','));
    let (status, _) = status?;
    let records = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with(';'));
    let without_ttl = records.map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        [&words[..1], &words[2..]].concat().join(" ").to_lowercase()
    });
    Some((status.to_owned(), without_ttl.collect()))
}
