//! Lesson 6: is each reply classified as the kind that it is, and are records dropped that its
//! sender may not send?
#![cfg(test)]

use dnsparse::{Class, DnsPacket, Edns, Name, Opcode, Question, Rcode, Record, RecordType, Zone};
use referral::{
    Answer, MAX_ADDRESSES, MAX_ALIASES, MAX_GLUE, ReplyKind, Unusable, chain, classify, delegation,
    scrub,
};

const SOA: &str = "example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300";

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn records(text: &str) -> Vec<Record> {
    Zone::parse(text, &Name::ROOT).unwrap().records
}

fn question(qname: &str) -> Question {
    Question {
        qname: name(qname),
        qtype: RecordType::A,
        qclass: Class::IN,
    }
}

/// Makes a reply to "www.shop.example A" with AA set; its sections are written as lines of a zone
/// file.
fn reply(answer: &str, authority: &str, additional: &str) -> DnsPacket {
    let mut query = DnsPacket::query(1, name("www.shop.example"), RecordType::A);
    query.header.opcode = Opcode::QUERY;
    let mut reply = DnsPacket::reply_to(&query);
    reply.header.aa = true;
    reply.answers = records(answer);
    reply.authorities = records(authority);
    reply.additionals = records(additional);
    reply
}

fn without_authority(reply: DnsPacket) -> DnsPacket {
    let mut reply = reply;
    reply.header.aa = false;
    reply
}

fn nxdomain(reply: DnsPacket) -> DnsPacket {
    let mut reply = reply;
    reply.header.rcode = Rcode::NXDOMAIN;
    reply
}

/// Classifies a reply from a server of `example`, and returns the kind as text.
fn classified(reply: &DnsPacket) -> String {
    text(&classify(
        reply,
        &question("www.shop.example"),
        &name("example"),
    ))
}

/// Writes a kind as text, with the records that were accepted below it.
fn text(kind: &ReplyKind) -> String {
    let lines = |records: &[Record]| {
        let lines = records
            .iter()
            .map(|record| format!("\n{record}").replace('\t', " "));
        lines.collect::<String>()
    };
    match kind {
        ReplyKind::Answer(Answer::Positive(records)) => format!("answer{}", lines(records)),
        ReplyKind::Answer(Answer::Alias { records, target }) => {
            format!("alias to {target}{}", lines(records))
        }
        ReplyKind::Answer(Answer::NoData(negative)) => {
            format!("no data{}", lines(negative.soa.as_slice()))
        }
        ReplyKind::Answer(Answer::NxDomain(negative)) => {
            format!("no such name{}", lines(negative.soa.as_slice()))
        }
        ReplyKind::Referral(delegation) => {
            let servers = delegation.servers.iter();
            let lines = servers.map(|server| format!("\n{} {:?}", server.name, server.addresses));
            format!(
                "referral to {}{}",
                delegation.zone,
                lines.collect::<String>()
            )
        }
        ReplyKind::LastResort(answer) => {
            format!("last resort: {}", text(&ReplyKind::Answer(answer.clone())))
        }
        ReplyKind::Unusable(unusable) => format!("the server {unusable}"),
    }
}

#[test]
fn an_answer_has_the_records_of_the_question() {
    let two = "www.shop.example. 60 A 192.0.2.1\nwww.shop.example. 60 A 192.0.2.2";
    insta::assert_snapshot!(classified(&reply(two, "", "")), @r"
    answer
    www.shop.example. 60 IN A 192.0.2.1
    www.shop.example. 60 IN A 192.0.2.2
    ");
}

/// Records of other names and types do not belong to the answer, although they are in its section.
#[test]
fn records_of_other_names_and_types_are_no_answer() {
    let mixed = "www.shop.example. 60 TXT \"hello\"\nother.example. 60 A 192.0.2.9\nwww.shop.example. 60 A 192.0.2.1";
    insta::assert_snapshot!(classified(&reply(mixed, "", "")), @r"
    answer
    www.shop.example. 60 IN A 192.0.2.1
    ");
}

#[test]
fn aliases_are_put_in_order() {
    let shuffled = "\
        c.example. 60 A 192.0.2.1\n\
        b.example. 60 CNAME c.example.\n\
        www.shop.example. 60 CNAME b.example.";
    insta::assert_snapshot!(classified(&reply(shuffled, "", "")), @r"
    answer
    www.shop.example. 60 IN CNAME b.example.
    b.example. 60 IN CNAME c.example.
    c.example. 60 IN A 192.0.2.1
    ");
}

/// The server of `example` adds an address of `elsewhere.test`, which is out of its bailiwick.
#[test]
fn an_alias_out_of_the_zone_ends_the_chain() {
    let with_address =
        "www.shop.example. 60 CNAME elsewhere.test.\nelsewhere.test. 60 A 192.0.2.66";
    insta::assert_snapshot!(classified(&reply(with_address, "", "")), @r"
    alias to elsewhere.test.
    www.shop.example. 60 IN CNAME elsewhere.test.
    ");
}

#[test]
fn to_a_question_for_cname_an_alias_is_the_answer() {
    let answers = records("www.shop.example. 60 CNAME b.example.\nb.example. 60 A 192.0.2.1");
    for qtype in [RecordType::CNAME, RecordType::ANY] {
        let chain = chain(
            &Question {
                qtype,
                ..question("www.shop.example")
            },
            &answers,
        );
        assert_eq!(
            (chain.aliases.len(), chain.answer.len()),
            (0, 1),
            "qtype {qtype}"
        );
    }
}

/// The target of a DNAME is often in another zone, and the records of it that came along are old:
/// they are asked for there.
#[test]
fn a_dname_stands_before_the_cname_that_follows_from_it() {
    let answer = "\
        shop.example. 60 DNAME store.example.\n\
        www.shop.example. 60 CNAME www.store.example.\n\
        www.store.example. 60 A 192.0.2.1";
    insta::assert_snapshot!(classified(&reply(answer, "", "")), @r"
    alias to www.store.example.
    shop.example. 60 IN DNAME store.example.
    www.shop.example. 60 IN CNAME www.store.example.
    ");
}

/// The CNAME is for resolvers that do not know DNAME (RFC 6672 section 3.1). Without it, the DNAME
/// still gives the target.
#[test]
fn a_dname_without_a_cname_is_an_alias_too() {
    let alone = "shop.example. 90 DNAME store.example.";
    insta::assert_snapshot!(classified(&reply(alone, "", "")), @r"
    alias to www.store.example.
    shop.example. 90 IN DNAME store.example.
    www.shop.example. 90 IN CNAME www.store.example.
    ");
    let with_answer = format!("{alone}\nwww.store.example. 60 A 192.0.2.1");
    insta::assert_snapshot!(classified(&reply(&with_answer, "", "")), @r"
    alias to www.store.example.
    shop.example. 90 IN DNAME store.example.
    www.shop.example. 90 IN CNAME www.store.example.
    ");
}

/// A loop has no name at its end that could be missing: a false negative answer would be cached for
/// as long as the SOA allows.
#[test]
fn aliases_without_an_end_are_no_negative_answer() {
    let circle = "www.shop.example. 60 CNAME b.example.\nb.example. 60 CNAME www.shop.example.";
    let first = "www.shop.example. 60 CNAME n0.example.\n".to_owned();
    let others = (0..20).map(|n| format!("n{n}.example. 60 CNAME n{}.example.\n", n + 1));
    let long = first + &others.collect::<String>();
    for (answer, target) in [(circle, "www.shop.example."), (&long, "n15.example.")] {
        for reply in [reply(answer, SOA, ""), nxdomain(reply(answer, "", ""))] {
            let classified = classified(&reply);
            let expected = format!("alias to {target}\n");
            assert!(classified.starts_with(&expected), "{classified}");
        }
    }
}

#[test]
fn a_loop_of_aliases_is_followed_once() {
    let circle =
        records("www.shop.example. 60 CNAME b.example.\nb.example. 60 CNAME www.shop.example.");
    let chain = chain(&question("www.shop.example"), &circle);
    assert_eq!((chain.aliases.len(), chain.answer.len()), (2, 0));
}

#[test]
fn at_most_sixteen_aliases_are_followed() {
    let first = "www.shop.example. 60 CNAME n0.example.\n".to_owned();
    let others = (0..20).map(|n| format!("n{n}.example. 60 CNAME n{}.example.\n", n + 1));
    let chain = chain(
        &question("www.shop.example"),
        &records(&(first + &others.collect::<String>())),
    );
    assert_eq!(
        (chain.aliases.len(), chain.end),
        (MAX_ALIASES, name("n15.example"))
    );
}

/// The NS records are of the zone that the alias leads into, and the name in the question is not in
/// that zone.
#[test]
fn an_alias_into_a_delegated_zone_is_an_alias() {
    let reply = reply(
        "www.shop.example. 60 CNAME www.mall.example.",
        "mall.example. 60 NS ns.mall.example.",
        "ns.mall.example. 60 A 192.0.2.7",
    );
    insta::assert_snapshot!(classified(&reply), @r"
    alias to www.mall.example.
    www.shop.example. 60 IN CNAME www.mall.example.
    ");
}

#[test]
fn an_soa_without_records_is_no_data() {
    insta::assert_snapshot!(classified(&reply("", SOA, "")), @r"
    no data
    example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    ");
}

/// A negative reply behind an alias says less than it seems to: the target may be in a zone that was
/// delegated away, or the server may know no better (RFC 6604 section 3). So the alias is followed,
/// and the target asked for by itself.
#[test]
fn a_negative_reply_behind_an_alias_is_an_alias() {
    let alias = "www.shop.example. 60 CNAME b.example.";
    let both = [reply(alias, SOA, ""), nxdomain(reply(alias, SOA, ""))];
    for reply in both.into_iter().chain([nxdomain(reply(alias, "", ""))]) {
        insta::allow_duplicates! {
            insta::assert_snapshot!(classified(&reply), @r"
            alias to b.example.
            www.shop.example. 60 IN CNAME b.example.
            ");
        }
    }
}

/// A zone's own name exists: its parent has delegated it. Load balancers answer NXDOMAIN for it to
/// each type that they do not know.
#[test]
fn nxdomain_for_the_name_of_the_zone_is_no_data() {
    let reply = nxdomain(reply("", SOA, ""));
    let kind = classify(
        &reply,
        &question("www.shop.example"),
        &name("www.shop.example"),
    );
    assert_eq!(text(&kind), "no data");
}

#[test]
fn nxdomain_differs_from_no_data() {
    insta::assert_snapshot!(classified(&nxdomain(reply("", SOA, ""))), @r"
    no such name
    example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    ");
}

/// RFC 2308 section 2.2 calls this NODATA response type 1.
#[test]
fn ns_records_beside_an_soa_change_nothing() {
    let both = format!("example. 3600 NS ns.example.\n{SOA}");
    insta::assert_snapshot!(classified(&reply("", &both, "")), @r"
    no data
    example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    ");
}

/// Some servers send the NS records of their own zone instead of the SOA. A referral would lead
/// deeper, and come without AA.
#[test]
fn ns_records_of_the_zone_itself_are_no_data() {
    let own = "example. 3600 NS ns.example.";
    assert_eq!(classified(&reply("", own, "")), "no data");
    assert_eq!(
        classified(&without_authority(reply("", own, ""))),
        "the server is lame: its referral to example. leads no closer to the name"
    );
    let deeper = format!("{own}\nshop.example. 3600 NS ns.shop.example.");
    assert!(
        classified(&reply("", &deeper, ""))
            .starts_with("the server is lame: its referral to example.")
    );
}

/// Without an SOA it is not known for how long the answer may be cached, but it is a negative
/// answer.
#[test]
fn nxdomain_needs_no_soa() {
    assert_eq!(classified(&nxdomain(reply("", "", ""))), "no such name");
}

/// NXDOMAIN is about the last name of the chain (RFC 6604 section 3), and here that is outside the
/// server's zone.
#[test]
fn nxdomain_counts_only_for_names_in_the_zone() {
    let reply = nxdomain(reply("www.shop.example. 60 CNAME elsewhere.test.", SOA, ""));
    insta::assert_snapshot!(classified(&reply), @r"
    alias to elsewhere.test.
    www.shop.example. 60 IN CNAME elsewhere.test.
    ");
}

/// RFC 2308 section 2.2 calls this NODATA response type 3. Stub resolvers fail the whole name if it
/// is taken for a failure.
#[test]
fn an_empty_reply_is_no_data() {
    assert_eq!(classified(&reply("", "", "")), "no data");
    assert_eq!(
        classified(&without_authority(reply("", "", ""))),
        "last resort: no data"
    );
}

/// An answer of another type, or the NSEC record of a signed zone, is no SOA; but only NS records
/// would make a referral. RFC 2308 section 2.2: no data is recognised by the absence of the records
/// asked for, in a reply that is no referral.
#[test]
fn a_reply_without_soa_and_ns_records_is_no_data() {
    let other_type = reply("www.shop.example. 60 TXT \"hello\"", "", "");
    let nsec = "www.shop.example. 60 NSEC example. TXT NSEC";
    for (reply, sent) in [(other_type, "a TXT record"), (reply("", nsec, ""), nsec)] {
        assert_eq!(classified(&reply), "no data", "with AA: {sent}");
        assert_eq!(
            classified(&without_authority(reply)),
            "last resort: no data",
            "without AA: {sent}"
        );
    }
}

/// Such a server does not have the zone, whatever AA says: unbound, BIND and Knot Resolver go on to
/// the next one.
#[test]
fn a_referral_up_or_sideways_is_lame_with_aa_too() {
    let empty = "the server is lame: it sent neither an answer nor a referral";
    assert_eq!(
        classified(&reply("", ". 60 NS a.root-servers.net.", "")),
        empty
    );
    assert_eq!(
        classified(&reply("", "mall.example. 60 NS ns.example.", "")),
        "the server is lame: its referral to mall.example. leads no closer to the name"
    );
    let with_soa = format!("{SOA}\n. 60 NS a.root-servers.net.");
    let negative = classified(&reply("", &with_soa, ""));
    assert!(
        negative.starts_with("no data"),
        "an SOA decides: {negative}"
    );
}

/// Of this reply, nothing is left after scrubbing; but it was not empty.
#[test]
fn a_reply_with_records_out_of_bailiwick_alone_is_lame() {
    let lame = "the server is lame: it sent neither an answer nor a referral";
    let upward = without_authority(reply("", ". 60 NS a.root-servers.net.", ""));
    assert_eq!(classified(&upward), lame);
    let foreign = without_authority(reply("www.yourbank.test. 60 A 192.0.2.66", "", ""));
    assert_eq!(classified(&foreign), lame);
}

#[test]
fn an_soa_of_another_zone_is_dropped() {
    let other = "other.example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300";
    assert_eq!(classified(&reply("", other, "")), "no data");
}

const REFERRAL: &str = "shop.example. 3600 NS ns1.shop.example.\nshop.example. 3600 NS ns.example.";

#[test]
fn a_referral_has_servers_and_their_glue() {
    let glue = "ns1.shop.example. 60 A 192.0.2.1\nns1.shop.example. 60 AAAA 2001:db8::1\nns.example. 60 A 192.0.2.2";
    insta::assert_snapshot!(classified(&without_authority(reply("", REFERRAL, glue))), @r"
    referral to shop.example.
    ns1.shop.example. [192.0.2.1, 2001:db8::1]
    ns.example. [192.0.2.2]
    ");
}

/// Some servers add the SOA of their own zone to a referral. With AA, the SOA belongs to an answer.
#[test]
fn a_referral_may_have_the_soa_of_the_parent() {
    let both = format!("{REFERRAL}\n{SOA}");
    let referral = classified(&without_authority(reply("", &both, "")));
    assert!(
        referral.starts_with("referral to shop.example."),
        "{referral}"
    );
    let negative = classified(&reply("", &both, ""));
    assert!(negative.starts_with("no data"), "{negative}");
    let negative = classified(&nxdomain(without_authority(reply("", &both, ""))));
    assert!(
        negative.starts_with("last resort: no such name"),
        "{negative}"
    );
}

/// Glue is for the servers that this referral lists.
#[test]
fn addresses_of_other_names_are_no_glue() {
    let authority = format!("{REFERRAL}\nshop.example. 3600 NS ns.elsewhere.test.");
    let glue = "ns1.shop.example. 60 A 192.0.2.1\nns.elsewhere.test. 60 A 192.0.2.66\nwww.example. 60 A 192.0.2.67";
    insta::assert_snapshot!(classified(&without_authority(reply("", &authority, glue))), @r"
    referral to shop.example.
    ns1.shop.example. [192.0.2.1]
    ns.example. []
    ns.elsewhere.test. []
    ");
}

#[test]
fn a_delegation_is_of_one_zone() {
    let two = reply(
        "",
        "shop.example. 60 NS ns1.shop.example.\nmall.example. 60 NS ns.mall.example.",
        "",
    );
    let delegation = delegation(&two).unwrap();
    assert_eq!(
        (delegation.zone, delegation.ttl, delegation.servers.len()),
        (name("shop.example"), 60, 1)
    );
}

#[test]
fn a_server_that_is_listed_twice_is_one_server() {
    let twice =
        "shop.example. 60 NS ns.test.\nshop.example. 60 NS NS.test.\nshop.example. 60 NS ns2.test.";
    let delegation = delegation(&reply("", twice, "")).unwrap();
    let names: Vec<_> = delegation.servers.into_iter().map(|it| it.name).collect();
    assert_eq!(names, [name("ns.test"), name("ns2.test")]);
}

/// Each address is one more query, which another operator's server may have to bear.
#[test]
fn the_number_of_glue_addresses_is_bounded() {
    let names: String = (0..20)
        .map(|n| format!("shop.example. 60 NS ns{n}.example.\n"))
        .collect();
    let addresses = |servers: u8, each: u8| {
        let of = |n: u8| (0..each).map(move |a| format!("ns{n}.example. 60 A 192.0.{n}.{a}\n"));
        let glue: String = (0..servers).flat_map(of).collect();
        let delegation = delegation(&reply("", &names, &glue)).unwrap();
        let counts = delegation.servers.iter().map(|it| it.addresses.len());
        counts.collect::<Vec<_>>()
    };
    assert_eq!(addresses(1, 200)[..2], [MAX_ADDRESSES, 0]);
    assert_eq!(addresses(20, 5).iter().sum::<usize>(), MAX_GLUE);
    assert_eq!(
        addresses(20, 2),
        [2; 20],
        "as many as the servers of com have"
    );
}

/// If TTLs differ, the least counts (RFC 2181 section 5.2); one with its top bit set is 0 (RFC 2181
/// section 8).
#[test]
fn the_ttl_of_a_delegation_is_the_least_of_its_records() {
    let ttl = |authority: &str, additional: &str| {
        delegation(&reply("", authority, additional)).unwrap().ttl
    };
    let both = "example.com. 600 NS ns1.example.com.\nexample.com. 300 NS ns2.example.com.";
    assert_eq!(ttl(both, ""), 300);
    assert_eq!(ttl(both, "ns1.example.com. 60 A 192.0.2.1"), 60, "its glue");
    assert_eq!(
        ttl(both, "www.example.com. 60 A 192.0.2.1"),
        300,
        "that is not its glue"
    );
    assert_eq!(ttl(both, "ns2.example.com. 4294967295 A 192.0.2.1"), 0);
}

#[test]
fn a_referral_has_to_lead_closer_to_the_name() {
    let to = |zone: &str| {
        classified(&without_authority(reply(
            "",
            &format!("{zone} 60 NS ns.example."),
            "",
        )))
    };
    assert_eq!(
        to("example."),
        "the server is lame: its referral to example. leads no closer to the name",
        "to itself"
    );
    assert_eq!(
        to("mall.example."),
        "the server is lame: its referral to mall.example. leads no closer to the name",
        "sideways"
    );
    assert!(to("www.shop.example.").starts_with("referral to www.shop.example."));
    // A zone above is out of bailiwick: scrubbing has removed its records.
    assert_eq!(
        to("."),
        "the server is lame: it sent neither an answer nor a referral"
    );
    assert_eq!(
        to("test."),
        "the server is lame: it sent neither an answer nor a referral"
    );
}

/// A server can put any NS records beside its answer. A resolver that caches them loses the zone to
/// an attacker (CVE-2025-11411).
#[test]
fn ns_records_beside_an_answer_are_ignored() {
    let answer = "www.shop.example. 60 A 192.0.2.1";
    let with_ns = reply(
        answer,
        "example. 86400 NS ns.evil.example.",
        "ns.evil.example. 60 A 192.0.2.66",
    );
    insta::assert_snapshot!(classified(&with_ns), @r"
    answer
    www.shop.example. 60 IN A 192.0.2.1
    ");
}

/// The server does not claim to have the zone: its answer is used only when no other server of the
/// zone has a better one.
#[test]
fn an_answer_without_aa_is_a_last_resort() {
    let kinds = [
        reply("www.shop.example. 60 A 192.0.2.1", "", ""),
        reply("www.shop.example. 60 CNAME b.example.", "", ""),
        reply("", SOA, ""),
        nxdomain(reply("", SOA, "")),
    ];
    let first_lines: Vec<String> = kinds
        .into_iter()
        .map(|reply| classified(&without_authority(reply)))
        .map(|text| text.lines().next().unwrap().to_owned())
        .collect();
    insta::assert_snapshot!(first_lines.join("\n"), @r"
    last resort: answer
    last resort: alias to b.example.
    last resort: no data
    last resort: no such name
    ");
}

#[test]
fn a_reply_with_another_rcode_is_unusable() {
    for rcode in [
        Rcode::REFUSED,
        Rcode::SERVFAIL,
        Rcode::NOTIMP,
        Rcode::FORMERR,
        Rcode::NOTAUTH,
    ] {
        let mut reply = reply("www.shop.example. 60 A 192.0.2.1", "", "");
        reply.header.rcode = rcode;
        assert_eq!(classified(&reply), format!("the server replied {rcode}"));
    }
    // BADVERS is 16: 0 in the header, and 1 above that in EDNS.
    let mut badvers = without_authority(reply("", SOA, ""));
    badvers.edns = Some(Edns {
        extended_rcode: 1,
        ..Edns::default()
    });
    assert_eq!(classified(&badvers), "the server replied BADVERS");
}

/// Without its records, an answer looks like no data.
#[test]
fn a_truncated_reply_is_unusable() {
    let mut reply = reply("", SOA, "");
    reply.header.tc = true;
    assert_eq!(classified(&reply), "the server truncated its reply");
}

#[test]
fn an_answer_to_another_question_is_unusable() {
    let mut reply = reply("www.shop.example. 60 A 192.0.2.1", "", "");
    reply.questions[0].qtype = RecordType::AAAA;
    assert_eq!(
        classify(&reply, &question("www.shop.example"), &name("example")),
        ReplyKind::Unusable(Unusable::WrongQuestion)
    );
    reply.questions.clear();
    assert_eq!(classified(&reply), "the server answered another question");
}

#[test]
fn scrubbing_keeps_records_in_bailiwick() {
    let mixed = "\
        example. 60 TXT \"kept\"\n\
        a.b.EXAMPLE. 60 TXT \"kept\"\n\
        test. 60 TXT \"gone\"\n\
        badexample. 60 TXT \"gone\"\n\
        . 60 TXT \"gone\"\n\
        c.example. 60 CH TXT \"gone\"";
    let mut reply = reply(mixed, mixed, mixed);
    let malformed = dnsparse::parse::rdata_octets(RecordType::A, Class::IN, &[1, 2]);
    reply
        .answers
        .push(Record::new(name("d.example"), 60, malformed));
    let scrubbed = scrub(&reply, &name("example"));
    for section in [scrubbed.answers, scrubbed.authorities, scrubbed.additionals] {
        let lines: Vec<_> = section.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines.join("\n").replace('\t', " "),
            "example. 60 IN TXT \"kept\"\na.b.EXAMPLE. 60 IN TXT \"kept\""
        );
    }
}

/// The replies of the mini-Internet's servers are classified correctly.
#[test]
fn the_walk_to_google_is_two_referrals_and_an_answer() {
    let lab = lab::Lab::internet();
    let mut kinds = Vec::new();
    for (server, zone) in [
        ("a.root-servers.net", "."),
        ("a.gtld-servers.net", "com"),
        ("ns1.google.com", "google.com"),
    ] {
        let query = DnsPacket::query(1, name("www.google.com"), RecordType::A);
        let octets = query.write().unwrap();
        let address = lab.server(server).unwrap();
        let reply = lab.answer(address, network::Via::Tcp, &octets).unwrap();
        let kind = classify(
            &DnsPacket::parse(&reply).unwrap(),
            &query.questions[0],
            &name(zone),
        );
        kinds.push(text(&kind).lines().next().unwrap().to_owned());
    }
    assert_eq!(
        kinds,
        ["referral to com.", "referral to google.com.", "answer"]
    );
}
