//! Delegations, glue and forged records: which server is trusted, about which names, and for how
//! long?

use dnsparse::{DnsPacket, Rcode, RecordType};
use lab::{Reaction, repeat, replies};
use network::Via;

use crate::wait;
use crate::world::{SHOP, TEST, TestResolver, address, question, text};

/// The address came with the referral: it leads to that server. A client that asks for the address
/// gets it from the zone.
#[tokio::test(start_paused = true)]
async fn glue_leads_to_a_server_and_is_no_answer() {
    let resolver = TestResolver::new();
    resolver.resolve("www.shop.test").await;
    let peeked = resolver
        .peek("ns.shop.test")
        .map(|resolution| text(&resolution));
    assert_eq!(peeked, None, "no authoritative server has sent it yet");
    let (answer, cost) = resolver.resolve("ns.shop.test").await;
    assert_eq!(
        (text(&answer).as_str(), cost),
        ("NOERROR\nns.shop.test. 300 IN A 192.0.2.4", 1)
    );
}

/// The server of `hosted.example` is a host of `shop.test`, so `example` has no glue for it.
#[tokio::test(start_paused = true)]
async fn a_server_with_a_cached_address_is_not_looked_up() {
    assert_eq!(TestResolver::new().cost("www.hosted.example").await, 6);
    let resolver = TestResolver::new();
    resolver.resolve("www.shop.test").await;
    let (_, trace) = resolver.trace("www.hosted.example", RecordType::A).await;
    insta::assert_snapshot!(trace, @r"
    www.hosted.example. A
      .  192.0.2.1 says: ask the servers of example.
      example.  192.0.2.3 says: ask the servers of hosted.example.
      hosted.example.  192.0.2.4 says: 192.0.2.84
    ");
    insta::assert_snapshot!(resolver.journal(), @r"
    0 s  www.shop.test A → NOERROR, A 192.0.2.80 for 300 s (3 queries)
    0 s  www.hosted.example A → NOERROR, A 192.0.2.84 for 0 s (3 queries)
    ");
}

/// The server of `mute.test` is a host without an address.
#[tokio::test(start_paused = true)]
async fn a_server_without_an_address_is_looked_up_once() {
    let resolver = TestResolver::new();
    resolver.resolve("www.mute.test").await;
    resolver.resolve("mail.mute.test").await;
    let queries: Vec<_> = resolver
        .lab
        .queries()
        .iter()
        .filter_map(|query| query.packet())
        .collect();
    let for_a =
        |packet: &&DnsPacket| packet.question() == Some(&question("text.shop.test", RecordType::A));
    assert_eq!(
        queries.iter().filter(for_a).count(),
        2,
        "once at test, once at shop.test"
    );
    insta::assert_snapshot!(resolver.journal(), @r"
    0 s  www.mute.test A → SERVFAIL, no usable reply from the servers of mute.test.: none has a known address (4 queries)
    0 s  mail.mute.test A → SERVFAIL, no usable reply from the servers of mute.test.: none has a known address (no query)
    ");
}

/// The DS records of a zone are in its parent, so the walk starts there.
#[tokio::test(start_paused = true)]
async fn ds_records_are_queried_at_the_parent() {
    let resolver = TestResolver::new();
    resolver.resolve("www.shop.test").await;
    let (resolution, trace) = resolver.trace("shop.test", RecordType::DS).await;
    insta::assert_snapshot!(trace, @r"
    shop.test. DS
      test.  192.0.2.2 says: no data
    ");
    assert_eq!(resolution.soa.unwrap().owner, "test".parse().unwrap());
    insta::assert_snapshot!(resolver.journal(), @r"
    0 s  www.shop.test A → NOERROR, A 192.0.2.80 for 300 s (3 queries)
    0 s  shop.test DS → NOERROR, SOA of test. for 300 s (1 query)
    ");
}

/// `test` delegates `twin.test` to ns1. The zone itself lists ns2, and its own list is the better
/// one.
#[tokio::test(start_paused = true)]
async fn a_zones_own_servers_come_before_its_parents() {
    let resolver = TestResolver::new();
    let server = async |name: &str| {
        let before = resolver.lab.queries().len();
        resolver.resolve(name).await;
        let queries = resolver.lab.queries();
        queries[before..]
            .iter()
            .map(|query| query.server.ip().to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        server("www.twin.test").await,
        "192.0.2.1 192.0.2.2 192.0.2.7"
    );
    assert_eq!(server("www.twin.test").await, "192.0.2.7");
    resolver.resolve_type("twin.test", RecordType::NS).await;
    resolver.resolve("ns2.twin.test").await;
    assert_eq!(server("www.twin.test").await, "192.0.2.9");
    wait(600).await;
    assert_eq!(
        server("www.twin.test").await,
        "192.0.2.7",
        "the TTL of its list was 600 s"
    );
}

/// The parent replies NXDOMAIN from now on for `ghost.test` and every name below it.
fn taken_down() -> Reaction {
    repeat(replies().edited(|packet| {
        packet.header.rcode = Rcode::NXDOMAIN;
        packet.header.aa = true;
        packet.answers.clear();
        packet.additionals.clear();
        packet.authorities = vec![
            "test. 300 SOA ns.test. mail.test. 2 1800 900 604800 300"
                .parse()
                .unwrap(),
        ];
    }))
}

/// The domain is taken down. Its server still answers, and sends its NS records whenever it is
/// asked for them.
#[tokio::test(start_paused = true)]
async fn a_domain_that_was_taken_down_does_not_keep_itself_alive() {
    let resolver = TestResolver::new();
    resolver.resolve("www.ghost.test").await;
    resolver.lab.script(TEST, Via::Udp, [taken_down()]);
    let mut last = 0;
    for second in (0..3_000).step_by(100) {
        resolver.resolve_type("ghost.test", RecordType::NS).await;
        if resolver.rcode(&format!("at{second}.ghost.test")).await == Rcode::NOERROR {
            last = second;
        }
        wait(100).await;
    }
    assert_eq!(last, 500, "the TTL of the delegation was 600 s");
}

/// Asks for what could renew the delegation of `ghost.test` and its glue, in each minute, after the
/// domain was taken down. Returns the last second at which a name in it existed.
async fn last_answer_of_ghost(resolver: &TestResolver) -> u32 {
    let mut last = 0;
    for second in (0..7_200).step_by(60) {
        resolver.resolve_type("ghost.test", RecordType::NS).await;
        resolver.resolve_type("ns.ghost.test", RecordType::A).await;
        resolver
            .resolve_type("ns.ghost.test", RecordType::AAAA)
            .await;
        if resolver.rcode(&format!("at{second}.ghost.test")).await == Rcode::NOERROR {
            last = second;
        }
        wait(60).await;
    }
    last
}

/// Its server sends NS records of a day beside each answer, with its address. Neither the delegation
/// nor the glue lives longer by that.
#[tokio::test(start_paused = true)]
async fn addresses_of_its_servers_do_not_keep_a_domain_alive() {
    let resolver = TestResolver::new();
    let long = |text: &str| text.parse::<dnsparse::Record>().unwrap();
    let renew = move |packet: &mut DnsPacket| {
        for record in packet.answers.iter_mut() {
            record.ttl = 86_400;
        }
        packet.authorities = vec![long("ghost.test. 86400 NS ns.ghost.test.")];
        packet.additionals = vec![long("ns.ghost.test. 86400 A 192.0.2.6")];
    };
    let ghost = address(6);
    resolver
        .lab
        .script(ghost, Via::Udp, [repeat(replies().edited(renew))]);
    resolver.resolve("www.ghost.test").await;
    resolver.lab.script(TEST, Via::Udp, [taken_down()]);
    let last = last_answer_of_ghost(&resolver).await;
    assert_eq!(
        last,
        540,
        "the last answer: the TTL of the delegation was 600 s\n{}",
        resolver.journal()
    );
}

/// The parent sent the glue with a longer TTL than the delegation.
#[tokio::test(start_paused = true)]
async fn glue_does_not_outlive_the_delegation_that_it_came_with() {
    let resolver = TestResolver::new();
    let with_long_glue = |packet: &mut DnsPacket| {
        for record in packet.additionals.iter_mut() {
            record.ttl = 86_400;
        }
    };
    let reaction = replies().edited(with_long_glue);
    resolver.lab.script(TEST, Via::Udp, [repeat(reaction)]);
    resolver.resolve("www.ghost.test").await;
    resolver.lab.script(TEST, Via::Udp, [taken_down()]);
    let last = last_answer_of_ghost(&resolver).await;
    assert_eq!(
        last,
        540,
        "the last answer: the TTL of the delegation was 600 s\n{}",
        resolver.journal()
    );
}

/// A domain that is taken down does not live on in a zone below it that was delegated with a longer
/// TTL.
#[tokio::test(start_paused = true)]
async fn nothing_below_a_delegation_outlives_it() {
    let resolver = TestResolver::new();
    resolver.resolve("www.sub.ghost.test").await;
    resolver.lab.script(TEST, Via::Udp, [taken_down()]);
    wait(500).await;
    resolver.resolve("a.sub.ghost.test").await;
    wait(100).await;
    resolver.resolve("b.sub.ghost.test").await;
    insta::assert_snapshot!(resolver.journal(), @r"
      0 s  www.sub.ghost.test A → NOERROR, A 192.0.2.67 for 3600 s (4 queries)
    500 s  a.sub.ghost.test A → NOERROR, A 192.0.2.67 for 3600 s (1 query)
    600 s  b.sub.ghost.test A → NXDOMAIN, SOA of test. for 300 s (1 query)
    ");
}

/// The server of `shop.test` adds forged records of `bank.test` and `test` to every section.
fn forge(packet: &mut DnsPacket) {
    let forged = |text: &str| text.parse().unwrap();
    packet
        .answers
        .push(forged("www.bank.test. 86400 A 192.0.2.66"));
    packet.authorities.extend([
        forged("bank.test. 86400 NS ns.evil.shop.test."),
        forged("bank.test. 86400 SOA ns.bank.test. mail.bank.test. 9 1 1 1 86400"),
        forged("test. 86400 NS ns.evil.shop.test."),
    ]);
    packet.additionals.extend([
        forged("ns.bank.test. 86400 A 192.0.2.66"),
        forged("ns.test. 86400 A 192.0.2.66"),
        forged("www.bank.test. 86400 A 192.0.2.66"),
        forged("ns.evil.shop.test. 86400 A 192.0.2.66"),
    ]);
}

/// No record out of a server's bailiwick reaches the cache: lesson 6 removes it from the reply.
#[tokio::test(start_paused = true)]
async fn no_server_can_change_records_of_other_zones() {
    let resolver = TestResolver::new();
    resolver
        .lab
        .script(SHOP, Via::Udp, [repeat(replies().edited(forge))]);
    for (name, rtype) in [
        ("www.shop.test", RecordType::A),
        ("nosuch.shop.test", RecordType::A),
        ("www.shop.test", RecordType::MX),
        ("far.shop.test", RecordType::A),
        ("shop.test", RecordType::NS),
    ] {
        resolver.resolve_type(name, rtype).await;
    }
    for name in ["www.bank.test", "ns.bank.test", "ns.test"] {
        let (resolution, _) = resolver.resolve(name).await;
        let text = text(&resolution);
        assert!(
            resolution.rcode == Rcode::NOERROR && !text.contains("192.0.2.66"),
            "{text}"
        );
    }
    assert_eq!(resolver.lab.query_count(address(66)), 0);
}

/// The server of `shop.test` delegates a zone to the server of `bank.test`, with a forged address
/// as its glue.
#[tokio::test(start_paused = true)]
async fn no_server_can_change_addresses_of_other_servers() {
    let resolver = TestResolver::new();
    resolver.resolve("www.bank.test").await;
    let forged_glue = replies().edited(|packet| {
        packet.header.rcode = Rcode::NOERROR;
        packet.header.aa = false;
        packet.answers.clear();
        packet.authorities = vec!["deep.shop.test. 86400 NS ns.bank.test.".parse().unwrap()];
        packet.additionals = vec!["ns.bank.test. 86400 A 192.0.2.66".parse().unwrap()];
    });
    resolver.lab.script(SHOP, Via::Udp, [repeat(forged_glue)]);
    resolver.resolve("www.deep.shop.test").await;
    resolver
        .resolve_type("www.bank.test", RecordType::TXT)
        .await;
    assert_eq!(resolver.lab.query_count(address(66)), 0);
    insta::assert_snapshot!(resolver.journal(), @r"
    0 s  www.bank.test A → NOERROR, A 192.0.2.81 for 300 s (3 queries)
    0 s  www.deep.shop.test A → SERVFAIL, no usable reply from the servers of deep.shop.test.: 192.0.2.5 replied REFUSED (4 queries)
    0 s  www.bank.test TXT → NOERROR, SOA of bank.test. for 300 s (1 query)
    ");
}
