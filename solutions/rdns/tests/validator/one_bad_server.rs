//! Of several servers of a zone one is bad, and the answer comes from another: bogus data is not the end
//! of a search (RFC 4035 section 5.5, RFC 9520 section 3.3).

use std::net::SocketAddr;

use chase::{Security, Trace};
use dnsparse::{DnsPacket, Rdata, Record, RecordType};
use lab::{Lab, Reaction, repeat, replies};
use network::Via;
use trust::exceptions::Exceptions;

use crate::cases::validator;
use crate::shop::{FIRST, Fault, SECOND, Shop};
use crate::status;

/// Each fault at each of two servers; the name is one that the fault is about.
#[tokio::test(start_paused = true)]
async fn an_answer_comes_from_the_good_one_of_two_servers() {
    let mut wrong = Vec::new();
    for (fault, name) in [
        (Fault::Forged, "www"),
        (Fault::Unsigned, "www"),
        (Fault::ForgedKeys, "www"),
        (Fault::Expired, "www"),
        (Fault::Denies, "www"),
        (Fault::NoProof, "nosuch"),
        (Fault::NoProof, "any.wild"),
        (Fault::Unsigned, "nosuch"),
        (Fault::Expired, "nosuch"),
        (Fault::Forged, "alias"),
    ] {
        for (first, second, at_fault) in [(fault, Fault::None, FIRST), (Fault::None, fault, SECOND)]
        {
            let mut shop = Shop::new(first, second);
            let resolution = shop.resolve(name).await;
            let queries = shop.queries_to(at_fault);
            if status(&resolution) != "Secure" || queries > 3 {
                wrong.push(format!(
                    "{name} with {fault:?} at {at_fault}: {}, {queries} queries to it; {}",
                    status(&resolution),
                    shop.trace
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Both servers are bad: each is asked once more at the most, and the answer is bogus.
#[tokio::test(start_paused = true)]
async fn two_bad_servers_are_not_asked_without_end() {
    for fault in [
        Fault::Forged,
        Fault::Expired,
        Fault::Denies,
        Fault::ForgedKeys,
    ] {
        let mut shop = Shop::new(fault, fault);
        let resolution = shop.resolve("www").await;
        let security = resolution.dnssec.as_ref().map(|it| it.security);
        assert_eq!(security, Some(Security::Bogus), "{fault:?}: {}", shop.trace);
        let queries = shop.lab.queries().len();
        assert!(queries <= 8, "{fault:?}: {queries} queries; {}", shop.trace);
    }
}

/// The first of the root's servers.
const ROOT: &str = "198.41.0.4:53";

fn without(packet: &mut DnsPacket, types: &[RecordType]) {
    let covered = |record: &Record| match &record.rdata {
        Rdata::Rrsig(rrsig) => rrsig.type_covered,
        _ => record.rtype(),
    };
    for section in [&mut packet.answers, &mut packet.authorities] {
        section.retain(|record| !types.contains(&covered(record)));
    }
}

/// A server of the root that lies about a child zone is as much a reason to ask another.
#[tokio::test(start_paused = true)]
async fn a_link_on_the_way_comes_from_another_server_too() {
    let faults: [(&str, Reaction); 3] = [
        (
            "its referrals have no DS record",
            replies().edited(|packet| without(packet, &[RecordType::DS])),
        ),
        (
            "its DS records have other digests",
            replies().edited(|packet| {
                let sections = packet.answers.iter_mut().chain(&mut packet.authorities);
                for record in sections {
                    if let Rdata::Ds(ds) = &mut record.rdata {
                        ds.digest.iter_mut().for_each(|octet| *octet ^= 1);
                    }
                }
            }),
        ),
        (
            "its keys have no signature",
            replies().edited(|packet| {
                let is_of_keys = |it: &Record| match &it.rdata {
                    Rdata::Rrsig(rrsig) => rrsig.type_covered == RecordType::DNSKEY,
                    _ => false,
                };
                packet.answers.retain(|it| !is_of_keys(it));
            }),
        ),
    ];
    for (fault, reaction) in faults {
        let lab = Lab::signed_internet();
        let server: SocketAddr = ROOT.parse().expect("an address");
        for via in [Via::Udp, Via::Tcp] {
            lab.script(server, via, [repeat(reaction.clone())]);
        }
        let validator = validator(&lab, Exceptions::default(), true);
        let mut trace = Trace::default();
        let question = query::question("www.dnssec.test", "A").expect("a question");
        let resolution = validator.resolve(&question, &mut trace).await;
        assert_eq!(
            status(&resolution),
            "Secure",
            "{fault} at one of the root's servers; {trace}"
        );
    }
}
