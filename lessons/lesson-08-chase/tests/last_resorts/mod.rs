//! The last resorts of a resolver before a search fails; a good server always comes first.

use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, Rdata};
use lab::{Lab, Reaction, no_reply, repeat, replies};
use network::Via;
use tokio::time::Instant;

use crate::{expect, resolve, tell, two_domains};

fn script(lab: &Lab, server: &str, reaction: Reaction) {
    let server: SocketAddr = format!("{server}:53").parse().unwrap();
    for via in [Via::Udp, Via::Tcp] {
        lab.script(server, via, [repeat(reaction.clone())]);
    }
}

/// The server answers from a cache, or a load balancer has cleared AA.
fn without_aa() -> Reaction {
    replies().edited(|packet| packet.header.aa = false)
}

/// An answer without AA that an attacker would like to see used.
fn forged() -> Reaction {
    replies().edited(|packet: &mut DnsPacket| {
        packet.header.aa = false;
        for record in &mut packet.answers {
            record.rdata = Rdata::A([192, 0, 2, 66].into());
        }
    })
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_aa_is_better_than_none() {
    let lab = two_domains();
    script(&lab, "192.0.2.4", without_aa());
    let (resolution, trace) = resolve(&lab, "www.shop.test").await;
    insta::assert_snapshot!(tell(&resolution), @r"
    NOERROR
    www.shop.test. 30 IN A 192.0.2.80
    ");
    insta::assert_snapshot!(trace, @r"
    www.shop.test. A
      .  192.0.2.1 says: ask the servers of test.
      test.  192.0.2.2 says: ask the servers of shop.test.
      shop.test.  192.0.2.4 says without AA: 192.0.2.80
      shop.test.  no better reply: the answer without AA is used
    ");
}

#[tokio::test(start_paused = true)]
async fn a_negative_answer_without_aa_is_better_than_none() {
    let lab = two_domains();
    script(&lab, "192.0.2.4", without_aa());
    let soa = "shop.test. 30 IN SOA ns.invalid. mail.invalid. 1 1800 900 604800 300";
    let search = resolve(&lab, "nosuch.shop.test").await;
    expect(&search, &format!("NXDOMAIN\n{soa}"));
    let search = resolve(&lab, "ns.shop.test").await;
    expect(&search, "NOERROR\nns.shop.test. 30 IN A 192.0.2.4");
    let nothing = replies().edited(|packet| {
        packet.header.aa = false;
        packet.answers.clear();
    });
    script(&lab, "192.0.2.4", nothing);
    expect(&resolve(&lab, "www.shop.test").await, "NOERROR");
}

/// The attacker's server replies first. The zone's other server is slow, or loses the first query:
/// its answer is used all the same.
#[tokio::test(start_paused = true)]
async fn an_answer_without_aa_gains_nothing_over_a_good_server() {
    let lab = two_domains();
    script(&lab, "192.0.2.5", forged());
    lab.set_latency("192.0.2.6:53".parse().unwrap(), 700);
    let search = resolve(&lab, "cow.farm.example").await;
    expect(&search, "NOERROR\ncow.farm.example. 3600 IN A 192.0.2.81");
    let soa = "farm.example. 300 IN SOA ns.invalid. mail.invalid. 1 1800 900 604800 300";
    let search = resolve(&lab, "nosuch.farm.example").await;
    expect(&search, &format!("NXDOMAIN\n{soa}"));
}

/// A server that knows nothing answers first, and one that lost AA has the records.
#[tokio::test(start_paused = true)]
async fn records_without_aa_are_better_than_their_absence() {
    let lab = two_domains();
    let nothing = replies().edited(|packet| {
        packet.header.aa = false;
        packet.answers.clear();
    });
    script(&lab, "192.0.2.5", nothing);
    script(&lab, "192.0.2.6", without_aa());
    let search = resolve(&lab, "cow.farm.example").await;
    expect(&search, "NOERROR\ncow.farm.example. 30 IN A 192.0.2.81");
}

/// The referral came without the glue that it needs. The zone above has the address all the same.
#[tokio::test(start_paused = true)]
async fn missing_glue_is_asked_for_in_the_zone_above() {
    let lab = two_domains();
    let without_glue = replies().edited(|packet| packet.additionals.clear());
    let test: SocketAddr = "192.0.2.2:53".parse().unwrap();
    lab.script(test, Via::Udp, [without_glue]);
    let search = resolve(&lab, "www.shop.test").await;
    expect(&search, "NOERROR\nwww.shop.test. 3600 IN A 192.0.2.80");
    insta::assert_snapshot!(search.1, @r"
    www.shop.test. A
      .  192.0.2.1 says: ask the servers of test.
      test.  192.0.2.2 says: ask the servers of shop.test.
      ns.shop.test. came without glue: its parent is asked
        .  192.0.2.1 says: ask the servers of test.
        test.  192.0.2.2 says: ask the servers of shop.test.
        shop.test.  192.0.2.4 says: 192.0.2.4
      shop.test.  192.0.2.4 says: 192.0.2.80
    ");

    // Where it never has the address, the search ends.
    script(
        &lab,
        "192.0.2.2",
        replies().edited(|packet| packet.additionals.clear()),
    );
    let search = resolve(&lab, "www.shop.test").await;
    let failed =
        "SERVFAIL\nno usable reply from the servers of shop.test.: none has a known address";
    expect(&search, failed);
    let (resolution, trace) = search;
    assert!(
        resolution.queries < 10,
        "{} queries, where fewer than ten are enough\n{trace}",
        resolution.queries
    );
}

/// Both servers of `bank.test` have names in `farm.example`; of the first, no address can be found.
#[tokio::test(start_paused = true)]
async fn a_name_server_without_an_address_does_not_hold_up_the_next() {
    let lab = two_domains();
    script(&lab, "192.0.2.5", no_reply());
    script(&lab, "192.0.2.6", replies().with_rcode(Rcode::SERVFAIL));
    let start = Instant::now();
    let (resolution, trace) = resolve(&lab, "www.bank.test").await;
    assert_eq!(resolution.rcode.to_string(), "SERVFAIL", "{trace}");
    assert!(
        start.elapsed() < Duration::from_millis(4_500),
        "the search took {} ms, until its deadline\n{trace}",
        start.elapsed().as_millis()
    );
}
