//! QNAME minimisation (RFC 9156): the names that servers receive, and the replies that end it.

use chase::QnameMinimisation::{self, Relaxed, Strict};
use dnsparse::{DnsPacket, Rcode};
use lab::{no_reply, replies};
use network::Via;

use super::*;

/// A lab whose zone `shop.test` has names of many labels.
fn deep() -> Lab {
    LabBuilder::new()
        .zones(&format!(
            "
            $ORIGIN .
            @        NS root.
            root.    A  192.0.2.1
            test.    NS ns.test.
            ns.test. A  192.0.2.2

            $ORIGIN test.
            @       NS    ns
            ns      A     192.0.2.2
            shop    NS    ns.shop
            shop    NS    far.shop
            ns.shop A     {NEAR}
            far.shop A    {FAR}
            bare    NS    ns.bare

            $ORIGIN shop.test.
            @       NS    ns
            @       NS    far
            ns      A     {NEAR}
            far     A     {FAR}
            @       MX    10 mail
            www     A     192.0.2.100
            a.www   A     192.0.2.101
            here    CNAME www
            a.here  A     192.0.2.102
            old     DNAME new
            a.new   A     192.0.2.103
            b.a.new A     192.0.2.106
            _443._tcp.www TLSA 3 1 1 00
            n.m.l.k.j.i.h.g.f.e.d.c.b A 192.0.2.104
            24.23.22.21.20.19.18.17.16.15.14.13.12.11.10.9.8.7.6.5.4.3.2.1 A 192.0.2.105
            "
        ))
        .build()
        .unwrap()
}

fn resolver(lab: &Lab, facts: Facts, mode: QnameMinimisation) -> TestResolver {
    let resolver = Resolver::new(lab.clone(), facts)
        .with_qname_minimisation(mode)
        .with_selection(InTurn::default());
    TestResolver::of(lab, resolver)
}

/// Writes the queries of a search, each with its server; then its trace, its end, and the
/// replies that were stored.
async fn asked(
    lab: &Lab,
    facts: Facts,
    mode: QnameMinimisation,
    qname: &str,
    qtype: RecordType,
) -> String {
    let resolver = resolver(lab, facts, mode).search(qname, qtype).await;
    let mut text = format!("{qname} {qtype}, {mode:?}\n");
    for query in lab.queries() {
        let Question { qname, qtype, .. } = query.packet().unwrap().questions.remove(0);
        let (server, at) = (query.server.ip(), query.at.as_millis());
        text += &format!("  {at:>4} ms  {server} {qname} {qtype}\n");
    }
    format!("{text}\n{}", resolver.noted())
}

async fn asked_a(lab: &Lab, mode: QnameMinimisation, qname: &str) -> String {
    asked(lab, Facts::of(lab), mode, qname, RecordType::A).await
}

#[tokio::test(start_paused = true)]
async fn each_server_receives_one_label_more_than_its_zone_has() {
    let texts = [
        asked_a(&deep(), Relaxed, "www.shop.test").await,
        asked_a(&deep(), QnameMinimisation::Off, "www.shop.test").await,
        asked(
            &deep(),
            Facts::of(&deep()),
            Strict,
            "shop.test",
            RecordType::MX,
        )
        .await,
    ];
    insta::assert_snapshot!(texts.join("\n"));
}

/// Four queries show one label more each, and six later ones the others.
#[tokio::test(start_paused = true)]
async fn a_name_of_many_labels_takes_ten_queries() {
    let qname = "n.m.l.k.j.i.h.g.f.e.d.c.b.shop.test";
    insta::assert_snapshot!(asked_a(&deep(), Relaxed, qname).await);
}

/// With 24 labels, the six later queries show three or four labels more each.
#[tokio::test(start_paused = true)]
async fn the_later_queries_share_the_remaining_labels() {
    let labels: Vec<String> = (1..=24).rev().map(|it| it.to_string()).collect();
    let qname = format!("{}.shop.test", labels.join("."));
    insta::assert_snapshot!(asked_a(&deep(), Strict, &qname).await);
}

/// A lab with the reverse zone of 2001:db8::/32, and a name of 34 labels in it; and with one of
/// telephone numbers, which have one label for each digit, too.
fn reverse() -> Lab {
    LabBuilder::new()
        .zones(
            "
            $ORIGIN .
            @        NS root.
            root.    A  192.0.2.1
            arpa.    NS ns.arpa.
            ns.arpa. A  192.0.2.2

            $ORIGIN arpa.
            @        NS ns
            ns       A  192.0.2.2
            ip6      NS ns.ip6
            ns.ip6   A  192.0.2.3
            e164     NS ns.e164
            ns.e164  A  192.0.2.5

            $ORIGIN ip6.arpa.
            @                  NS ns
            ns                 A  192.0.2.3
            8.b.d.0.1.0.0.2    NS ns.8.b.d.0.1.0.0.2
            ns.8.b.d.0.1.0.0.2 A  192.0.2.4

            $ORIGIN e164.arpa.
            @                 NS  ns
            ns                A   192.0.2.5
            4.3.2.1.5.5.5.2.1 TXT \"telephone\"

            $ORIGIN 8.b.d.0.1.0.0.2.ip6.arpa.
            @  NS ns
            ns A  192.0.2.4
            1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 TXT \"host\"
            ",
        )
        .build()
        .unwrap()
}

/// Zones of reverse names for IPv6 hardly ever begin between two multiples of 32 bits. Where fewer
/// than eight labels are left, and in another zone, names are shown label by label.
#[tokio::test(start_paused = true)]
async fn names_below_ip6_arpa_are_shown_eight_labels_at_a_time() {
    let mut texts = Vec::new();
    for qname in [
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
        "1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
        "4.3.2.1.5.5.5.2.1.e164.arpa",
    ] {
        let lab = reverse();
        let text = asked(&lab, Facts::of(&lab), Relaxed, qname, RecordType::TXT).await;
        texts.push(text);
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// Labels that begin with an underscore are no zone cuts.
#[tokio::test(start_paused = true)]
async fn labels_with_an_underscore_are_shown_together() {
    let lab = deep();
    let qname = "_443._tcp.www.shop.test";
    insta::assert_snapshot!(asked(&lab, Facts::of(&lab), Relaxed, qname, RecordType(52)).await);
}

/// The name above has an address, an alias, or a DNAME.
#[tokio::test(start_paused = true)]
async fn records_of_the_name_above_are_passed_over() {
    let mut texts = Vec::new();
    for qname in ["a.www.shop.test", "a.here.shop.test", "a.old.shop.test"] {
        texts.push(asked_a(&deep(), Relaxed, qname).await);
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// A server that does not have `e.d.c.b.shop.test` itself, but names below it, denies it, sends an
/// error, or nothing. In relaxed mode it receives the whole name next; in strict mode it is
/// believed.
#[tokio::test(start_paused = true)]
async fn a_server_that_fails_for_a_part_of_the_name_receives_the_whole() {
    let is_part = |query: &DnsPacket| !query.questions[0].qname.to_string().starts_with("n.");
    let answers = move |edit: fn(&mut DnsPacket)| {
        replies().edited(move |packet| {
            if !packet.questions[0].qname.to_string().starts_with("n.") {
                edit(packet);
            }
        })
    };
    let denied = || answers(|packet| packet.header.rcode = Rcode::NXDOMAIN);
    let without_aa = || answers(|packet| packet.header.aa = false);
    let refused = || {
        answers(|packet| {
            packet.header.rcode = Rcode::REFUSED;
            packet.authorities.clear();
        })
    };
    let dropped = || replies().only_to(move |query| !is_part(query));
    let mut texts = Vec::new();
    for (word, reaction) in [
        ("NXDOMAIN", denied()),
        ("no AA", without_aa()),
        ("REFUSED", refused()),
        ("no reply", dropped()),
    ] {
        for mode in [Relaxed, Strict] {
            let lab = deep();
            always(&lab, NEAR, reaction.clone());
            always(&lab, FAR, replies().with_rcode(Rcode::SERVFAIL));
            let text = asked_a(&lab, mode, "n.m.l.k.j.i.h.g.f.e.d.c.b.shop.test").await;
            texts.push(format!("{word}: {text}"));
        }
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// The cache has the answers to the first two questions.
#[tokio::test(start_paused = true)]
async fn a_cached_answer_saves_a_minimised_query() {
    let lab = deep();
    let no_data = || Answer::NoData(referral::Negative { soa: None });
    let facts = Facts {
        answers: vec![
            (question("b.shop.test", RecordType::A), no_data()),
            (question("c.b.shop.test", RecordType::A), no_data()),
        ],
        ..Facts::of(&lab)
    };
    let qname = "e.d.c.b.shop.test";
    insta::assert_snapshot!(asked(&lab, facts, Relaxed, qname, RecordType::A).await);
}

/// Only a server that receives the name of the other server's host replies with its glue.
#[tokio::test(start_paused = true)]
async fn missing_glue_is_asked_for_by_the_whole_name() {
    insta::assert_snapshot!(asked_a(&deep(), Relaxed, "www.bare.test").await);
}

/// A late reply to a part of the name leads the walk on, as a late referral does.
#[tokio::test(start_paused = true)]
async fn late_replies_to_a_part_of_the_name_are_used() {
    let mut texts = Vec::new();
    for (server, qname) in [("192.0.2.2", "www.shop.test"), (NEAR, "a.www.shop.test")] {
        let lab = deep();
        lab.script(socket(server), Via::Udp, [replies().after_ms(700)]);
        if server == NEAR {
            always(&lab, FAR, no_reply());
        }
        texts.push(asked_a(&lab, Relaxed, qname).await);
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// The server that refuses receives no other part of the name, and the other server no more than
/// parts.
#[tokio::test(start_paused = true)]
async fn one_server_that_refuses_a_part_does_not_reveal_the_name_to_another() {
    let mut texts = Vec::new();
    for rcode in [Rcode::REFUSED, Rcode::SERVFAIL] {
        let lab = deep();
        always(&lab, NEAR, replies().with_rcode(rcode));
        texts.push(asked_a(&lab, Relaxed, "e.d.c.b.shop.test").await);
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// A DNAME redirects all names below it: its server need not see more of the name (RFC 9156 section 3,
/// step 6b).
#[tokio::test(start_paused = true)]
async fn a_dname_redirects_the_whole_name() {
    let lab = deep();
    insta::assert_snapshot!(asked_a(&lab, Strict, "b.a.old.shop.test").await);
}

/// Both servers drop the queries for parts of the name. After two timeouts, they receive the whole.
#[tokio::test(start_paused = true)]
async fn two_timeouts_reveal_the_whole_name() {
    let mut texts = Vec::new();
    for mode in [Relaxed, Strict] {
        let lab = deep();
        for server in [NEAR, FAR] {
            let is_whole = |query: &DnsPacket| {
                let question = query.question();
                question.is_some_and(|it| it.qname.to_string().starts_with("n."))
            };
            always(&lab, server, replies().only_to(is_whole));
        }
        let selection = InTurn {
            tries: 2,
            ..InTurn::default()
        };
        let resolver = Resolver::new(lab.clone(), Facts::of(&lab))
            .with_qname_minimisation(mode)
            .with_selection(selection);
        let resolver = TestResolver::of(&lab, resolver);
        let qname = "n.m.l.k.j.i.h.g.f.e.d.c.b.shop.test";
        let end = resolver.search(qname, RecordType::A).await.end();
        texts.push(format!("{mode:?}: {end}"));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// The cache denies a part of the name, and not the name: it knows of records below the part. Relaxed
/// mode sends the whole name then.
#[tokio::test(start_paused = true)]
async fn relaxed_mode_sends_the_whole_name_after_a_cached_denial() {
    let lab = deep();
    let denial = Answer::NxDomain(referral::Negative { soa: None });
    let facts = Facts {
        answers: vec![(question("b.shop.test", RecordType::A), denial)],
        ..Facts::of(&lab)
    };
    insta::assert_snapshot!(asked(&lab, facts, Relaxed, "e.d.c.b.shop.test", RecordType::A).await);
}

/// In that case, strict mode goes on with a longer part.
#[tokio::test(start_paused = true)]
async fn strict_mode_shows_one_label_more_after_a_cached_denial() {
    let lab = deep();
    let denial = Answer::NxDomain(referral::Negative { soa: None });
    let facts = Facts {
        answers: vec![(question("b.shop.test", RecordType::A), denial)],
        ..Facts::of(&lab)
    };
    insta::assert_snapshot!(asked(&lab, facts, Strict, "e.d.c.b.shop.test", RecordType::A).await);
}

/// A part that a server has denied is not asked for again: a name below it costs one query.
#[tokio::test(start_paused = true)]
async fn a_denied_part_of_the_name_is_asked_for_once() {
    let lab = deep();
    let resolver = resolver(&lab, Facts::of(&lab), Relaxed);
    let resolver = resolver.search("1.nosuch.shop.test", RecordType::A).await;
    let resolver = resolver.search("2.nosuch.shop.test", RecordType::A).await;
    insta::assert_snapshot!(resolver.noted());
}

/// The denials of several parts are kept, each for the 300 seconds of its SOA record.
#[tokio::test(start_paused = true)]
async fn denied_parts_are_kept_for_the_time_of_their_soa_record() {
    let lab = deep();
    let mut resolver = resolver(&lab, Facts::of(&lab), Relaxed);
    let mut lines = String::new();
    for (qname, wait) in [
        ("1.x.shop.test", 0),
        ("1.y.shop.test", 0),
        ("1.z.shop.test", 0),
        ("2.x.shop.test", 0),
        ("3.x.shop.test", 299),
        ("4.x.shop.test", 1),
        ("5.x.shop.test", 0),
    ] {
        tokio::time::sleep(Duration::from_secs(wait)).await;
        let before = lab.queries().len();
        resolver = resolver.search(qname, RecordType::A).await;
        let queries = lab.queries().split_off(before);
        let names = queries.iter().filter_map(lab::LoggedQuery::packet);
        let names = names.filter_map(|it| it.question().map(|it| it.qname.to_string()));
        let names: Vec<String> = names.collect();
        lines += &format!("{wait:>3} s later {qname}: {}\n", names.join(" "));
    }
    insta::assert_snapshot!(lines);
}
