//! `rdns` in a world of real name servers, beside two other resolvers: all three have to say the same.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::thread;

use crate::namespace::in_a_world_of_its_own;
use crate::peers::command;
use crate::programs::{pdns_recursor_from, rdns_from, unbound_from};
use crate::zones::{HINTS, servers};

/// How long dig waits, in seconds.
const PATIENCE: u32 = 30;
/// And where a resolver may take far longer than that, by design.
const LESS_PATIENCE: u32 = 15;
/// How many questions are asked at the same time.
const AT_ONCE: usize = 6;

/// What all three have to answer alike. `{63}` stands for a label of 63 letters.
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
    // Aliases, within a zone and over several.
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
    // Servers without glue, lame or dead beside a good one, by TCP alone, without EDNS.
    ("www.bank.alpha", "A"),
    ("www.deep.beta", "A"),
    ("www.half.alpha", "A"),
    ("www.lame.alpha", "A"),
    ("www.shy.alpha", "A"),
    ("www.up.alpha", "A"),
    ("www.cut.alpha", "A"),
    ("www.fussy.alpha", "A"),
];

/// Zone cuts, and what is not there.
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

/// Where somebody never replies. Unbound may take over a minute to find out: one of the others has to have an opinion.
const PATIENCE_TRIED: [(&str, &str); 3] = [
    ("www.quiet.alpha", "A"),
    ("www.gone.alpha", "A"),
    ("www.void.alpha", "A"),
];

/// On how many questions all three have to have spoken, at the least.
const UNANIMOUS: usize = 60;

/// What the others do not agree on.
const DECIDED: [((&str, &str), &str); 3] = [
    // Aliases that go on for ever are to be signalled as an error (RFC 1034 section 3.6.2). These become longer and longer: unbound stops
    // with NOERROR, pdns_recursor with SERVFAIL and all those aliases.
    (("any.turn.shop.alpha", "A"), "SERVFAIL "),
    // The RCODE is that of the last name of the chain (RFC 6604 section 3), and a failure it is. Of what may be in the answer section all the
    // same no RFC says anything: unbound has nothing there, pdns_recursor the alias.
    (("hopeless.shop.alpha", "A"), "SERVFAIL "),
    // Firewalls that drop queries with EDNS make the servers behind them look dead, and plain queries get through (RFC 8906 section
    // 2). Unbound tries other things first, for more than a minute; pdns_recursor does not try this at all.
    (
        ("www.deaf.alpha", "A"),
        "NOERROR www.deaf.alpha. in a 192.0.2.91",
    ),
];

#[test]
fn rdns_says_what_unbound_and_pdns_recursor_say() {
    let programs = ["dig", "nsd", "pdns_recursor", "unbound"];
    in_a_world_of_its_own("hierarchy::all_three_say_the_same", &programs);
}

#[test]
#[ignore = "needs a network namespace of its own: the other test gives it one"]
fn all_three_say_the_same() {
    let _servers = servers();
    let at = |last: u8| SocketAddr::from(([127, 0, 2, last], 53));
    let ours = rdns_from(at(1), HINTS);
    let unbound = unbound_from(at(2), HINTS);
    let pdns = pdns_recursor_from(at(3), HINTS);
    let all = [ours.address, unbound.address, pdns.address];
    let questions: Vec<_> = QUESTIONS.into_iter().chain(AT_CUTS).collect();
    let (mut wrong, mut unanimous) = (Vec::new(), 0);
    for questions in questions.chunks(AT_ONCE) {
        unanimous += compare(all, questions, PATIENCE, &mut wrong);
    }
    unanimous += compare(all, &PATIENCE_TRIED, LESS_PATIENCE, &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        unanimous >= UNANIMOUS,
        "only {unanimous} answers of all three"
    );
    for (question, expected) in DECIDED {
        assert_eq!(shown(&answer(ours.address, question, PATIENCE)), expected);
    }
}

/// Adds what `rdns`, unbound and pdns_recursor do not agree on to what is `wrong`, and returns on how many questions all three have
/// spoken. Unbound says nothing for a minute now and then, past a server that is dead: then the other one's opinion has to do.
fn compare(
    all: [SocketAddr; 3],
    questions: &[(&'static str, &'static str)],
    patience: u32,
    wrong: &mut Vec<String>,
) -> usize {
    let askers = questions.iter().map(|question| {
        let askers = all.map(|server| {
            let question = *question;
            thread::spawn(move || answer(server, question, patience))
        });
        (question, askers)
    });
    let askers: Vec<_> = askers.collect();
    let mut unanimous = 0;
    for ((qname, qtype), askers) in askers {
        let [ours, unbound, pdns] = askers.map(|asker| asker.join().unwrap());
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

/// RCODE and records, as dig shows them.
type Answer = (String, BTreeSet<String>);

fn shown(answer: &Option<Answer>) -> String {
    let Some((rcode, records)) = answer else {
        return "nothing".to_owned();
    };
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    let mut text = format!("{rcode} {}", records.join(", "));
    text.truncate(300);
    text
}

/// RCODE, answer and authority section of a reply, if there is one, without TTLs, which count down in a cache.
fn answer(server: SocketAddr, (qname, qtype): (&str, &str), patience: u32) -> Option<Answer> {
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
            &format!("+timeout={patience}"),
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
