//! Trust and lifetime of delegations and glue, and servers that send records from outside their zone.

use dnsparse::{DnsPacket, Rcode, RecordType};
use lab::{Reaction, repeat, replies};
use tokio::time::Duration;

use crate::wait;
use crate::world::{SHOP, TEST, address, desk, question, root, tell, udp};

/// The address came with the referral, and is good for asking that server. A query for the address itself gets it from the
/// zone.
#[tokio::test(start_paused = true)]
async fn glue_leads_to_a_server_and_is_no_answer() {
    let desk = desk();
    desk.ask("www.shop.test").await;
    let peeked = desk.peek("ns.shop.test").map(|found| tell(&found));
    assert_eq!(peeked, None, "no authoritative server has sent it yet");
    let (answer, cost) = desk.ask("ns.shop.test").await;
    assert_eq!(
        (tell(&answer).as_str(), cost),
        ("NOERROR\nns.shop.test. 300 IN A 192.0.2.4", 1)
    );
}

/// `hosted.example` is served by a host of `shop.test`, so that `example` has no address for it.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_known_need_not_be_looked_up() {
    assert_eq!(desk().cost("www.hosted.example").await, 6);
    let desk = desk();
    desk.ask("www.shop.test").await;
    let (resolution, trace) = desk.trace("www.hosted.example", RecordType::A).await;
    assert_eq!(resolution.rcode, Rcode::NOERROR);
    insta::assert_snapshot!(trace, @r"
    www.hosted.example. A
      .  192.0.2.1 says: ask the servers of example.
      example.  192.0.2.3 says: ask the servers of hosted.example.
      hosted.example.  192.0.2.4 says: 192.0.2.84
    ");
}

/// `mute.test` is served by a host that has no address. That is asked once.
#[tokio::test(start_paused = true)]
async fn a_server_that_has_no_address_is_sought_once() {
    let desk = desk();
    let (first, _) = desk.ask("www.mute.test").await;
    assert_eq!(first.rcode, Rcode::SERVFAIL);
    let before = desk.lab.query_count(SHOP);
    let (second, _) = desk.ask("mail.mute.test").await;
    assert_eq!(second.rcode, Rcode::SERVFAIL);
    let asked: Vec<_> = desk
        .lab
        .queries()
        .iter()
        .filter_map(|asked| asked.packet())
        .collect();
    let for_a =
        |packet: &&DnsPacket| packet.question() == Some(&question("text.shop.test", RecordType::A));
    assert_eq!(
        asked.iter().filter(for_a).count(),
        2,
        "once at test, once at shop.test"
    );
    assert_eq!(desk.lab.query_count(SHOP), before);
}

/// What DS records a zone has is not for the zone to say, so it is not where to start.
#[tokio::test(start_paused = true)]
async fn ds_records_are_queried_at_the_parent() {
    let desk = desk();
    desk.ask("www.shop.test").await;
    let (resolution, trace) = desk.trace("shop.test", RecordType::DS).await;
    assert_eq!(
        (resolution.rcode, resolution.records.len()),
        (Rcode::NOERROR, 0)
    );
    insta::assert_snapshot!(trace, @r"
    shop.test. DS
      test.  192.0.2.2 says: no data
    ");
    assert_eq!(resolution.soa.unwrap().owner, "test".parse().unwrap());
}

/// `test` says that ns1 serves `twin.test`. The zone itself says: ns2. It should know.
#[tokio::test(start_paused = true)]
async fn a_zones_own_servers_come_before_its_parents() {
    let desk = desk();
    let server = async |name: &str| {
        let before = desk.lab.queries().len();
        desk.ask(name).await;
        let asked = desk.lab.queries();
        asked[before..]
            .iter()
            .map(|asked| asked.server.ip().to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        server("www.twin.test").await,
        "192.0.2.1 192.0.2.2 192.0.2.7"
    );
    assert_eq!(server("www.twin.test").await, "192.0.2.7");
    desk.ask_type("twin.test", RecordType::NS).await;
    desk.ask("ns2.twin.test").await;
    assert_eq!(server("www.twin.test").await, "192.0.2.9");
    wait(600).await;
    assert_eq!(
        server("www.twin.test").await,
        "192.0.2.7",
        "its word was for 600 s"
    );
}

/// "No such name", of whatever is at or below ghost.test: so says the zone above, from now on.
fn taken_away() -> Reaction {
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

/// The domain is taken away. Its server goes on answering, and says its NS records anew whenever it is asked for them.
#[tokio::test(start_paused = true)]
async fn a_domain_that_was_taken_down_does_not_keep_itself_alive() {
    let desk = desk();
    assert_eq!(desk.rcode("www.ghost.test").await, Rcode::NOERROR);
    desk.lab.script(TEST, udp(), [taken_away()]);
    let mut last = 0;
    for second in (0..3_000).step_by(100) {
        desk.ask_type("ghost.test", RecordType::NS).await;
        if desk.rcode(&format!("at{second}.ghost.test")).await == Rcode::NOERROR {
            last = second;
        }
        wait(100).await;
    }
    assert_eq!(last, 500, "the delegation was for 600 s");
}

/// Nor does it live on in a zone below, which it had delegated for longer than it had been delegated itself.
#[tokio::test(start_paused = true)]
async fn nothing_below_a_delegation_outlives_it() {
    let desk = desk();
    assert_eq!(desk.rcode("www.sub.ghost.test").await, Rcode::NOERROR);
    desk.lab.script(TEST, udp(), [taken_away()]);
    wait(500).await;
    assert_eq!(desk.rcode("a.sub.ghost.test").await, Rcode::NOERROR);
    wait(100).await;
    assert_eq!(desk.rcode("b.sub.ghost.test").await, Rcode::NXDOMAIN);
}

/// The server of shop.test lies about bank.test in every way that a reply has room for.
fn lies(packet: &mut DnsPacket) {
    let lie = |text: &str| text.parse().unwrap();
    packet
        .answers
        .push(lie("www.bank.test. 86400 A 192.0.2.66"));
    packet.authorities.extend([
        lie("bank.test. 86400 NS ns.evil.shop.test."),
        lie("bank.test. 86400 SOA ns.bank.test. mail.bank.test. 9 1 1 1 86400"),
        lie("test. 86400 NS ns.evil.shop.test."),
    ]);
    packet.additionals.extend([
        lie("ns.bank.test. 86400 A 192.0.2.66"),
        lie("ns.test. 86400 A 192.0.2.66"),
        lie("www.bank.test. 86400 A 192.0.2.66"),
        lie("ns.evil.shop.test. 86400 A 192.0.2.66"),
    ]);
}

/// From end to end: nothing of what a server says about others finds its way into the memory. (Lesson 6 takes it out of the reply.)
#[tokio::test(start_paused = true)]
async fn no_server_can_change_what_others_say() {
    let desk = desk();
    desk.lab
        .script(SHOP, udp(), [repeat(replies().edited(lies))]);
    for (name, rtype) in [
        ("www.shop.test", RecordType::A),
        ("nosuch.shop.test", RecordType::A),
        ("www.shop.test", RecordType::MX),
        ("far.shop.test", RecordType::A),
        ("shop.test", RecordType::NS),
    ] {
        desk.ask_type(name, rtype).await;
    }
    for name in ["www.bank.test", "ns.bank.test", "ns.test"] {
        let (resolution, _) = desk.ask(name).await;
        let text = tell(&resolution);
        assert!(
            resolution.rcode == Rcode::NOERROR && !text.contains("192.0.2.66"),
            "{text}"
        );
    }
    assert_eq!(desk.lab.query_count(address(66)), 0);
}

/// It refers to a zone below its own, and says of somebody else's server that it is the one, and where that is.
#[tokio::test(start_paused = true)]
async fn no_server_can_move_the_servers_of_others() {
    let desk = desk();
    desk.ask("www.bank.test").await;
    let refers = replies().edited(|packet| {
        packet.header.rcode = Rcode::NOERROR;
        packet.header.aa = false;
        packet.answers.clear();
        packet.authorities = vec!["deep.shop.test. 86400 NS ns.bank.test.".parse().unwrap()];
        packet.additionals = vec!["ns.bank.test. 86400 A 192.0.2.66".parse().unwrap()];
    });
    desk.lab.script(SHOP, udp(), [repeat(refers)]);
    desk.ask("www.deep.shop.test").await;
    let (resolution, cost) = desk.ask_type("www.bank.test", RecordType::TXT).await;
    assert_eq!((resolution.rcode, cost), (Rcode::NOERROR, 1));
    assert_eq!(desk.lab.query_count(address(66)), 0);
}

/// RFC 9609: what the root's servers say of themselves counts more than the hints, for as long as it may.
#[tokio::test(start_paused = true)]
async fn the_root_is_where_its_servers_say_until_that_expires() {
    let desk = desk();
    let mut primed = root();
    primed.ttl = 600;
    primed.servers[0].addresses = vec![[192, 0, 2, 101].into()];
    desk.memory.set_root(primed);
    desk.ask("www.shop.test").await;
    assert_eq!(desk.lab.queries()[0].server, address(101));
    tokio::time::advance(Duration::from_secs(600)).await;
    let before = desk.lab.queries().len();
    desk.ask("nosuch").await;
    assert_eq!(desk.lab.queries()[before].server, address(1));
}
