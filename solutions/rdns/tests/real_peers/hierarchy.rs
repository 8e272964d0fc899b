//! `rdns` in a world of real name servers, beside two other resolvers: all three have to say the same.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::thread;

use crate::namespace::in_a_world_of_its_own;
use crate::peers::command;
use crate::programs::{pdns_recursor_from, rdns_from, unbound_from};
use crate::zones::{HINTS, servers};

/// How long dig waits, in seconds. The others take their time where a server is dead, and so does a busy machine.
const PATIENCE: u32 = 60;
/// How many questions are asked at the same time.
const AT_ONCE: usize = 6;

/// What is asked, and what the server that has it would answer.
const QUESTIONS: [(&str, &str); 66] = [
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
    ("hopeless.shop.alpha", "A"),
    ("self.shop.alpha", "A"),
    ("circle.shop.alpha", "A"),
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
    ("old.shop.alpha", "DNAME"),
    ("old.shop.alpha", "A"),
    // Odd names and types, large answers.
    ("dot\\.ted.shop.alpha", "A"),
    ("sp\\032ace\\@\\(\\;\\\"\\\\\\000\\255.shop.alpha", "A"),
    ("odd.shop.alpha", "TYPE65280"),
    ("odd.shop.alpha", "TYPE65281"),
    ("odd.shop.alpha", "TYPE65282"),
    ("big.farm.beta", "TXT"),
    ("many.shop.alpha", "A"),
    // Servers without glue, lame, dead, silent, by TCP alone, without EDNS.
    ("www.bank.alpha", "A"),
    ("www.deep.beta", "A"),
    ("www.half.alpha", "A"),
    ("www.quiet.alpha", "A"),
    ("www.lame.alpha", "A"),
    ("www.shy.alpha", "A"),
    ("www.gone.alpha", "A"),
    ("www.up.alpha", "A"),
    ("www.void.alpha", "A"),
    ("www.cut.alpha", "A"),
    ("www.fussy.alpha", "A"),
    ("www.deaf.alpha", "A"),
];

/// Zone cuts, and what is not there.
const AT_CUTS: [(&str, &str); 10] = [
    ("www.sub.shop.alpha", "A"),
    ("sub.shop.alpha", "SOA"),
    ("sub.shop.alpha", "DS"),
    ("bank.alpha", "DS"),
    ("shop.alpha", "DS"),
    ("bank.alpha", "SOA"),
    ("nosuch.shop.alpha", "A"),
    ("below.nosuch.shop.alpha", "A"),
    ("nosuch.alpha", "A"),
    ("nosuch", "A"),
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
    let questions: Vec<_> = QUESTIONS.into_iter().chain(AT_CUTS).collect();
    let mut wrong = Vec::new();
    for questions in questions.chunks(AT_ONCE) {
        let all = [ours.address, unbound.address, pdns.address];
        let askers = questions.iter().map(|question| {
            let question = *question;
            thread::spawn(move || (question, all.map(|server| answer(server, question))))
        });
        let askers: Vec<_> = askers.collect();
        for asker in askers {
            let ((qname, qtype), [ours, unbound, pdns]) = asker.join().unwrap();
            eprintln!("{qname} {qtype}: {ours:?}");
            if ours != unbound || ours != pdns {
                wrong.push(format!(
                    "{qname} {qtype}\n  rdns    {ours:?}\n  unbound {unbound:?}\n  pdns    {pdns:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// RCODE and answer section of a reply, as dig shows them, without TTLs, which count down in a cache.
fn answer(server: SocketAddr, (qname, qtype): (&str, &str)) -> (String, BTreeSet<String>) {
    let output = command("dig")
        .arg(format!("@{}", server.ip()))
        .args([
            qname,
            qtype,
            "+noall",
            "+comments",
            "+answer",
            &format!("+timeout={PATIENCE}"),
            "+tries=1",
        ])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let status = text
        .split_once("status: ")
        .and_then(|(_, rest)| rest.split_once(','));
    let (status, _) = status.unwrap_or_else(|| panic!("{server} {qname} {qtype}: {text}"));
    let records = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with(';'));
    let without_ttl = records.map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        [&words[..1], &words[2..]].concat().join(" ").to_lowercase()
    });
    (status.to_owned(), without_ttl.collect())
}
