//! A walk through the mini-Internet: its servers are queried one after another.
#![cfg(test)]

use dnsparse::{DnsPacket, Edns, Rcode, RecordType};
use lab::{Lab, LabBuilder, RESOLVER};
use network::{Channel, Network, Via};

/// Sends a query to a server of the lab, by name, and waits for the reply.
async fn ask(lab: &Lab, server: &str, query: &DnsPacket, via: Via) -> DnsPacket {
    let server = lab.server(server).unwrap();
    let mut channel = lab.open(server, via).await.unwrap();
    channel.send(&query.write().unwrap()).await.unwrap();
    DnsPacket::parse(&channel.receive().await.unwrap()).unwrap()
}

/// Returns the recursive resolver's RCODE and records.
async fn resolve(lab: &Lab, qname: &str, qtype: RecordType) -> String {
    let mut query = query(qname, qtype);
    query.header.rd = true;
    let mut channel = lab.open(RESOLVER, Via::Tcp).await.unwrap();
    channel.send(&query.write().unwrap()).await.unwrap();
    let reply = DnsPacket::parse(&channel.receive().await.unwrap()).unwrap();
    assert!(reply.header.ra && !reply.header.aa && reply.header.id == query.header.id);
    let records = reply
        .records()
        .map(|record| record.to_string().replace('\t', " "));
    records.fold(reply.header.rcode.to_string(), |text, record| {
        format!("{text}\n{record}")
    })
}

fn query(qname: &str, qtype: RecordType) -> DnsPacket {
    DnsPacket::query(0x1234, qname.parse().unwrap(), qtype)
}

#[tokio::test(start_paused = true)]
async fn a_walk_from_the_root_ends_at_an_address() {
    let lab = Lab::internet();
    let mut query = query("www.google.com", RecordType::A);
    query.edns = Some(Edns {
        udp_size: 1232,
        ..Edns::default()
    });
    for server in ["a.root-servers.net", "a.gtld-servers.net", "ns1.google.com"] {
        ask(&lab, server, &query, Via::Udp).await;
    }
    insta::assert_snapshot!(lab.trace(), @r"
        0 ms  UDP → 198.41.0.4 a.root-servers.net         www.google.com. A
       10 ms      ← referral: com. (13 NS, 26 glue)
       10 ms  UDP → 192.5.6.30 a.gtld-servers.net         www.google.com. A
       20 ms      ← referral: google.com. (4 NS, 8 glue)
       20 ms  UDP → 216.239.32.10 ns1.google.com          www.google.com. A
       30 ms      ← answer: A 142.250.74.36
    ");
}

/// As with the true root servers: com's servers lie in net, so their addresses may be left out
/// (RFC 9471 section 3.1).
#[tokio::test(start_paused = true)]
async fn a_referral_from_the_root_fits_into_512_octets_without_tc() {
    let reply = ask(
        &Lab::internet(),
        "a.root-servers.net",
        &query("example.com", RecordType::A),
        Via::Udp,
    )
    .await;
    assert!(
        !reply.header.tc && reply.authorities.len() == 13,
        "{reply:?}"
    );
    assert!(
        (1..26).contains(&reply.additionals.len()),
        "{} glue",
        reply.additionals.len()
    );
}

#[tokio::test(start_paused = true)]
async fn a_reply_too_long_for_udp_comes_over_tcp() {
    let lab = Lab::internet();
    let mut query = query("huge.example.com", RecordType::TXT);
    query.edns = Some(Edns {
        udp_size: 4096,
        ..Edns::default()
    });
    let short = ask(&lab, "a.iana-servers.net", &query, Via::Udp).await;
    let whole = ask(&lab, "a.iana-servers.net", &query, Via::Tcp).await;
    assert!(short.header.tc && short.answers.is_empty());
    assert!(!whole.header.tc && whole.write().unwrap().len() > 4000);
    insta::assert_snapshot!(lab.trace(), @r"
        0 ms  UDP → 199.43.135.53 a.iana-servers.net      huge.example.com. TXT
       10 ms      ← truncated
       10 ms  TCP → 199.43.135.53 a.iana-servers.net      connect
       20 ms  TCP → 199.43.135.53 a.iana-servers.net      huge.example.com. TXT
       30 ms      ← answer: 16 TXT
    ");
}

/// The servers of uk serve co.uk as well, so they never mention it.
#[tokio::test(start_paused = true)]
async fn a_server_answers_from_the_deepest_of_its_zones() {
    let lab = Lab::internet();
    ask(
        &lab,
        "nsa.nic.uk",
        &query("www.bbc.co.uk", RecordType::A),
        Via::Udp,
    )
    .await;
    ask(
        &lab,
        "nsa.nic.uk",
        &query("co.uk", RecordType::SOA),
        Via::Udp,
    )
    .await;
    // Of the child's key, the parent speaks.
    ask(
        &lab,
        "nsa.nic.uk",
        &query("co.uk", RecordType::DS),
        Via::Udp,
    )
    .await;
    ask(
        &lab,
        "nsa.nic.uk",
        &query("www.google.com", RecordType::A),
        Via::Udp,
    )
    .await;
    let came_back: Vec<String> = lab
        .trace()
        .lines()
        .filter_map(|line| Some(line.split_once("← ")?.1.to_owned()))
        .collect();
    insta::assert_snapshot!(came_back.join("\n"), @r"
    referral: bbc.co.uk. (2 NS, 2 glue)
    answer: 1 SOA
    NODATA (SOA uk.)
    REFUSED
    ");
}

#[tokio::test(start_paused = true)]
async fn the_resolver_gives_final_answers() {
    let lab = Lab::internet();
    insta::assert_snapshot!(resolve(&lab, "www.wikipedia.org", RecordType::A).await, @r"
    NOERROR
    www.wikipedia.org. 86400 IN CNAME dyna.wikimedia.org.
    dyna.wikimedia.org. 180 IN A 208.80.154.224
    ");
    insta::assert_snapshot!(resolve(&lab, "google.com", RecordType::MX).await, @r"
    NOERROR
    google.com. 300 IN MX 10 smtp.google.com.
    ");
    insta::assert_snapshot!(resolve(&lab, "nosuch.example.com", RecordType::A).await, @r"
    NXDOMAIN
    example.com. 3600 IN SOA ns.icann.org. noc.dns.icann.org. 2024060100 7200 3600 1209600 3600
    ");
    insta::assert_snapshot!(resolve(&lab, "deep.example.com", RecordType::A).await, @r"
    NOERROR
    example.com. 3600 IN SOA ns.icann.org. noc.dns.icann.org. 2024060100 7200 3600 1209600 3600
    ");
    insta::assert_snapshot!(resolve(&lab, "224.154.80.208.in-addr.arpa", RecordType::PTR).await, @r"
    NOERROR
    224.154.80.208.in-addr.arpa. 3600 IN PTR text-lb.eqiad.wikimedia.org.
    ");
    insta::assert_snapshot!(resolve(&lab, "host.moved.example.org", RecordType::A).await, @r"
    NOERROR
    moved.example.org. 3600 IN DNAME example.net.
    host.moved.example.org. 3600 IN CNAME host.example.net.
    host.example.net. 3600 IN A 198.51.100.27
    ");
}

#[tokio::test(start_paused = true)]
async fn the_resolver_replies_servfail_where_there_is_no_answer() {
    let lab = Lab::internet();
    assert_eq!(
        resolve(&lab, "circle.example.com", RecordType::A).await,
        "SERVFAIL"
    );
    let builder = LabBuilder::new().zone(
        "test.",
        "@ 60 SOA a b 1 1 1 1 1\naway 60 NS ns.away\nns.away 60 A 192.0.2.9",
    );
    assert_eq!(
        resolve(&builder.build().unwrap(), "x.away.test", RecordType::A).await,
        "SERVFAIL"
    );
    assert_eq!(
        resolve(&LabBuilder::new().build().unwrap(), "x.test", RecordType::A).await,
        "SERVFAIL"
    );
}

#[tokio::test(start_paused = true)]
async fn the_resolver_refuses_queries_without_rd() {
    let lab = Lab::internet();
    let octets = query("yahoo.com", RecordType::A).write().unwrap();
    let reply = DnsPacket::parse(&lab.answer(RESOLVER, Via::Udp, &octets).unwrap()).unwrap();
    assert_eq!(
        (reply.header.rcode, reply.answers.len()),
        (Rcode::REFUSED, 0)
    );
}

#[test]
fn each_error_of_a_builder_has_a_sentence() {
    let soa = "@ 60 SOA a b 1 1 1 1 1\n";
    let error = |builder: LabBuilder| builder.build().unwrap_err().to_string();
    let worlds = [
        LabBuilder::new().zone("a.", "@ 60 A 192.0.2.1"),
        LabBuilder::new().zone("a.", soa).zone("A", soa),
        LabBuilder::new().zone("a..b", soa),
        LabBuilder::new().zone("a.", soa).server("192.0.2", ["a."]),
    ];
    insta::assert_snapshot!(worlds.map(error).join("\n"), @r"
    zone a.: a. has 0 SOA records, a zone has exactly one at its apex (RFC 1035 section 5.2)
    there are two zones A.
    'a..b' is not a name
    '192.0.2' is not an address, such as 192.0.2.1 or 2001:db8::1
    ");
    let unreadable = error(LabBuilder::new().zone("a.", "@ 60 A 192.0.2.256"));
    assert!(
        unreadable.starts_with("zone a.: ") && unreadable.contains("192.0.2.256"),
        "{unreadable}"
    );
}

#[test]
fn a_text_of_several_zones_is_split_at_its_origins() {
    let lab = LabBuilder::new()
        .zones(
            "
            ; The root zone has the default SOA.
            $ORIGIN .
            @      NS  a.root.
                   NS  b.root.
            a.root A   192.0.2.1
            b.root A   192.0.2.2
            test   NS  ns.test

            $ORIGIN test.
            @  60  SOA ns mail 7 1 1 1 60
            @      NS  ns
            ns     A   192.0.2.3
            ",
        )
        .build()
        .unwrap();
    let soa = |server: &str, qname: &str| {
        let octets = query(qname, RecordType::SOA).write().unwrap();
        let reply = lab.answer(server.parse().unwrap(), Via::Udp, &octets);
        let reply = DnsPacket::parse(&reply.unwrap()).unwrap();
        reply.answers[0].to_string().replace('\t', " ")
    };
    insta::assert_snapshot!([soa("192.0.2.1:53", "."), soa("192.0.2.3:53", "test")].join("\n"), @r"
    . 3600 IN SOA ns.invalid. mail.invalid. 1 1800 900 604800 300
    test. 60 IN SOA ns.test. mail.test. 7 1 1 1 60
    ");
    let hints = lab.root_hints();
    let hints = hints
        .iter()
        .map(|(name, addresses)| format!("{name} {addresses:?}"));
    insta::assert_snapshot!(hints.collect::<Vec<_>>().join("\n"), @r"
    a.root. [192.0.2.1]
    b.root. [192.0.2.2]
    ");
}

#[test]
fn an_error_in_a_text_of_several_zones_has_its_line_number() {
    let error = |text: &str| {
        LabBuilder::new()
            .zones(text)
            .build()
            .unwrap_err()
            .to_string()
    };
    let texts = [
        "\n\n@ NS ns\n$ORIGIN .",
        "$ORIGIN a.\n@ NS ns\n\n$ORIGIN b.\n@ NS ns\nns A 192.0.2.256",
        "$ORIGIN a.\n$ORIGIN A.",
    ];
    insta::assert_snapshot!(texts.map(error).join("\n"), @r"
    line 3: there is no $ORIGIN line before this record
    zone b.: line 6, column 6: '192.0.2.256' is not an IPv4 address, such as 192.0.2.1
      ns A 192.0.2.256
           ^
    there are two zones A.
    ");
}
