//! Lesson 6: is each reply classified as the kind that it is, and are records dropped that its
//! sender may not send?
//!
//! Each snapshot has the question, the reply as it came from a server of `example`, and below the
//! arrow the kind, with the records that were accepted.
#![cfg(test)]

mod chain;
mod delegation;
mod given;
mod malformed;
mod negative;

use dnsparse::{Class, DnsPacket, Edns, Name, Question, Rcode, Record, RecordType, Zone};
use referral::{Answer, ReplyKind, classify, scrub};

const SOA: &str = "example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300";
const ADDRESS: &str = "www.shop.example. 60 A 192.0.2.1";

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
    let query = DnsPacket::query(1, name("www.shop.example"), RecordType::A);
    let mut reply = DnsPacket::reply_to(&query);
    reply.header.aa = true;
    reply.answers = records(answer);
    reply.authorities = records(authority);
    reply.additionals = records(additional);
    reply
}

fn without_authority(mut reply: DnsPacket) -> DnsPacket {
    reply.header.aa = false;
    reply
}

fn nxdomain(mut reply: DnsPacket) -> DnsPacket {
    reply.header.rcode = Rcode::NXDOMAIN;
    reply
}

/// Classifies a reply from a server of `example` to "www.shop.example A", and writes both.
fn classified(reply: &DnsPacket) -> String {
    classified_as_from("example", reply)
}

fn classified_as_from(zone: &str, reply: &DnsPacket) -> String {
    let question = question("www.shop.example");
    let kind = classify(reply, &question, &name(zone));
    format!(
        "query     {} to a server of {}\n{}→ {}",
        line(&question),
        name(zone),
        written(reply),
        text(&kind)
    )
}

/// Classifies some replies, and writes them one below the other.
fn all_classified<'r>(replies: impl IntoIterator<Item = &'r DnsPacket>) -> String {
    let texts: Vec<_> = replies.into_iter().map(classified).collect();
    texts.join("\n\n")
}

/// Writes a message: its RCODE and flags, its question if that is another one, its records.
fn written(reply: &DnsPacket) -> String {
    let header = &reply.header;
    let flags = [("aa", header.aa), ("tc", header.tc)];
    let flags = flags.iter().filter(|(_, is_set)| *is_set);
    let flags: String = flags.map(|(flag, _)| format!(" {flag}")).collect();
    let mut out = format!("reply     {}{flags}\n", reply.rcode());
    let questions: Vec<_> = reply.questions.iter().map(line).collect();
    if questions != ["www.shop.example. IN A"] {
        out += &format!("          to [{}]\n", questions.join(", "));
    }
    for (section, records) in [
        ("answer", &reply.answers),
        ("authority", &reply.authorities),
        ("addition", &reply.additionals),
    ] {
        for record in records {
            out += &format!("{section:9} {}\n", line(record));
        }
    }
    out
}

/// Writes a kind as text, with the records that were accepted below it.
fn text(kind: &ReplyKind) -> String {
    let soa = |negative: &referral::Negative| lines(negative.soa.as_slice());
    match kind {
        ReplyKind::Answer(Answer::Positive(records)) => format!("answer{}", lines(records)),
        ReplyKind::Answer(Answer::Alias { records, target }) => {
            format!("alias to {target}{}", lines(records))
        }
        ReplyKind::Answer(Answer::NoData(negative)) => format!("no data{}", soa(negative)),
        ReplyKind::Answer(Answer::NxDomain(negative)) => format!("no such name{}", soa(negative)),
        ReplyKind::Answer(Answer::NameTooLong(records)) => format!("too long{}", lines(records)),
        ReplyKind::Referral(delegation) => format!("referral to {}", delegation::text(delegation)),
        ReplyKind::LastResort(answer) => {
            format!("last resort: {}", text(&ReplyKind::Answer(answer.clone())))
        }
        ReplyKind::Unusable(unusable) => format!("the server {unusable}"),
    }
}

/// Writes each record on a line of its own, below what stands before it.
fn lines(records: &[Record]) -> String {
    let lines = records.iter().map(|record| format!("\n  {}", line(record)));
    lines.collect()
}

fn line(shown: &impl ToString) -> String {
    shown.to_string().replace('\t', " ")
}

#[test]
fn an_answer_has_the_records_of_the_question() {
    let two = format!("{ADDRESS}\nwww.shop.example. 60 A 192.0.2.2");
    insta::assert_snapshot!(classified(&reply(&two, "", "")), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    answer    www.shop.example. 60 IN A 192.0.2.1
    answer    www.shop.example. 60 IN A 192.0.2.2
    → answer
      www.shop.example. 60 IN A 192.0.2.1
      www.shop.example. 60 IN A 192.0.2.2
    ");
}

/// Records of other names and types do not belong to the answer, although they are in its section.
#[test]
fn records_of_other_names_and_types_are_no_answer() {
    let mixed =
        format!("www.shop.example. 60 TXT \"hello\"\nother.example. 60 A 192.0.2.9\n{ADDRESS}");
    insta::assert_snapshot!(classified(&reply(&mixed, "", "")), @r#"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    answer    www.shop.example. 60 IN TXT "hello"
    answer    other.example. 60 IN A 192.0.2.9
    answer    www.shop.example. 60 IN A 192.0.2.1
    → answer
      www.shop.example. 60 IN A 192.0.2.1
    "#);
}

/// Some servers set the wrong RCODE beside an answer. The records are there.
#[test]
fn an_answer_with_nxdomain_is_an_answer() {
    insta::assert_snapshot!(classified(&nxdomain(reply(ADDRESS, SOA, ""))), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NXDOMAIN aa
    answer    www.shop.example. 60 IN A 192.0.2.1
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → answer
      www.shop.example. 60 IN A 192.0.2.1
    ");
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
        let address = lab.server(server).unwrap();
        let octets = query.write().unwrap();
        let octets = lab.answer(address, network::Via::Tcp, &octets).unwrap();
        let reply = DnsPacket::parse(&octets).unwrap();
        let kind = text(&classify(&reply, &query.questions[0], &name(zone)));
        kinds.push(format!("{server} → {}", kind.lines().next().unwrap()));
    }
    insta::assert_snapshot!(kinds.join("\n"), @r"
    a.root-servers.net → referral to com. for 172800 s
    a.gtld-servers.net → referral to google.com. for 172800 s
    ns1.google.com → answer
    ");
}

/// A server can put any NS records beside its answer. A resolver that caches them loses the zone to
/// an attacker (CVE-2025-11411).
#[test]
fn ns_records_beside_an_answer_are_ignored() {
    let with_ns = reply(
        ADDRESS,
        "example. 86400 NS ns.evil.example.",
        "ns.evil.example. 60 A 192.0.2.66",
    );
    insta::assert_snapshot!(classified(&with_ns), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    answer    www.shop.example. 60 IN A 192.0.2.1
    authority example. 86400 IN NS ns.evil.example.
    addition  ns.evil.example. 60 IN A 192.0.2.66
    → answer
      www.shop.example. 60 IN A 192.0.2.1
    ");
}

/// The server does not claim to have the zone: its answer is used only when no other server of the
/// zone has a better one, and is kept for at most 30 seconds.
#[test]
fn an_answer_without_aa_is_a_last_resort() {
    let replies = [
        reply("www.shop.example. 20 A 192.0.2.1", "", ""),
        reply("www.shop.example. 60 CNAME b.example.", "", ""),
        reply("", SOA, ""),
        nxdomain(reply("", SOA, "")),
    ];
    insta::assert_snapshot!(all_classified(&replies.map(without_authority)), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    answer    www.shop.example. 20 IN A 192.0.2.1
    → last resort: answer
      www.shop.example. 20 IN A 192.0.2.1

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    answer    www.shop.example. 60 IN CNAME b.example.
    → last resort: alias to b.example.
      www.shop.example. 30 IN CNAME b.example.

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → last resort: no data
      example. 30 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300

    query     www.shop.example. IN A to a server of example.
    reply     NXDOMAIN
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → last resort: no such name
      example. 30 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    ");
}

#[test]
fn a_reply_with_another_rcode_is_unusable() {
    let rcodes = [
        Rcode::REFUSED,
        Rcode::SERVFAIL,
        Rcode::NOTIMP,
        Rcode::FORMERR,
        Rcode::NOTAUTH,
    ];
    let replies = rcodes.map(|rcode| {
        let mut reply = reply(ADDRESS, "", "");
        reply.header.rcode = rcode;
        reply
    });
    // BADVERS is 16: 0 in the header, and 1 above that in EDNS.
    let mut badvers = without_authority(reply("", SOA, ""));
    badvers.edns = Some(Edns {
        extended_rcode: 1,
        ..Edns::default()
    });
    insta::assert_snapshot!(all_classified(replies.iter().chain([&badvers])), @r"
    query     www.shop.example. IN A to a server of example.
    reply     REFUSED aa
    answer    www.shop.example. 60 IN A 192.0.2.1
    → the server replied REFUSED

    query     www.shop.example. IN A to a server of example.
    reply     SERVFAIL aa
    answer    www.shop.example. 60 IN A 192.0.2.1
    → the server replied SERVFAIL

    query     www.shop.example. IN A to a server of example.
    reply     NOTIMP aa
    answer    www.shop.example. 60 IN A 192.0.2.1
    → the server replied NOTIMP

    query     www.shop.example. IN A to a server of example.
    reply     FORMERR aa
    answer    www.shop.example. 60 IN A 192.0.2.1
    → the server replied FORMERR

    query     www.shop.example. IN A to a server of example.
    reply     NOTAUTH aa
    answer    www.shop.example. 60 IN A 192.0.2.1
    → the server replied NOTAUTH

    query     www.shop.example. IN A to a server of example.
    reply     BADVERS
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → the server replied BADVERS
    ");
}

/// Records are missing, and perhaps those that matter: without them, an answer looks like no data,
/// and half of an RRset like the whole.
#[test]
fn a_truncated_reply_is_unusable() {
    let referral = "shop.example. 60 NS ns.shop.example.";
    let mut replies = [
        reply("", SOA, ""),
        reply(ADDRESS, "", ""),
        without_authority(reply("", referral, "")),
    ];
    for reply in &mut replies {
        reply.header.tc = true;
    }
    insta::assert_snapshot!(all_classified(&replies), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa tc
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → the server truncated its reply

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa tc
    answer    www.shop.example. 60 IN A 192.0.2.1
    → the server truncated its reply

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR tc
    authority shop.example. 60 IN NS ns.shop.example.
    → the server truncated its reply
    ");
}

/// Another name, type or class; two questions, of which one is right; none.
#[test]
fn an_answer_to_another_question_is_unusable() {
    let right = question("www.shop.example");
    let another_type = Question {
        qtype: RecordType::AAAA,
        ..right.clone()
    };
    let another_class = Question {
        qclass: Class::CH,
        ..right.clone()
    };
    let others = [
        vec![question("shop.example")],
        vec![another_type],
        vec![another_class.clone()],
        vec![right, another_class],
        vec![],
    ];
    let replies = others.map(|questions| DnsPacket {
        questions,
        ..reply(ADDRESS, "", "")
    });
    insta::assert_snapshot!(all_classified(&replies), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
              to [shop.example. IN A]
    answer    www.shop.example. 60 IN A 192.0.2.1
    → the server answered another question

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
              to [www.shop.example. IN AAAA]
    answer    www.shop.example. 60 IN A 192.0.2.1
    → the server answered another question

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
              to [www.shop.example. CH A]
    answer    www.shop.example. 60 IN A 192.0.2.1
    → the server answered another question

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
              to [www.shop.example. IN A, www.shop.example. CH A]
    answer    www.shop.example. 60 IN A 192.0.2.1
    → the server answered another question

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
              to []
    answer    www.shop.example. 60 IN A 192.0.2.1
    → the server answered another question
    ");
}

/// Names compare without regard to case (RFC 1035 section 2.3.3).
#[test]
fn the_question_may_come_back_in_another_case() {
    let reply = DnsPacket {
        questions: vec![question("WWW.Shop.EXAMPLE")],
        ..reply(ADDRESS, "", "")
    };
    insta::assert_snapshot!(classified(&reply), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
              to [WWW.Shop.EXAMPLE. IN A]
    answer    www.shop.example. 60 IN A 192.0.2.1
    → answer
      www.shop.example. 60 IN A 192.0.2.1
    ");
}

#[test]
fn scrubbing_keeps_records_in_bailiwick() {
    let mixed = "\
        example. 60 TXT \"kept\"\n\
        a.b.EXAMPLE. 60 TXT \"kept\"\n\
        test. 60 TXT \"gone\"\n\
        badexample. 60 TXT \"gone\"\n\
        example.test. 60 TXT \"gone\"\n\
        . 60 TXT \"gone\"\n\
        c.example. 60 CH TXT \"gone\"";
    let mut reply = reply(mixed, mixed, mixed);
    let malformed = dnsparse::parse::rdata_octets(RecordType::A, Class::IN, &[1, 2]);
    for section in [
        &mut reply.answers,
        &mut reply.authorities,
        &mut reply.additionals,
    ] {
        let text = section[0].rdata.clone();
        for class in [Class::HS, Class::NONE, Class::ANY] {
            let foreign = Record::new(name("d.example"), 60, text.clone());
            section.push(Record { class, ..foreign });
        }
        section.push(Record::new(
            name("malformed.example"),
            60,
            malformed.clone(),
        ));
    }
    insta::assert_snapshot!(written(&scrub(&reply, &name("example"))), @r#"
    reply     NOERROR aa
    answer    example. 60 IN TXT "kept"
    answer    a.b.EXAMPLE. 60 IN TXT "kept"
    authority example. 60 IN TXT "kept"
    authority a.b.EXAMPLE. 60 IN TXT "kept"
    addition  example. 60 IN TXT "kept"
    addition  a.b.EXAMPLE. 60 IN TXT "kept"
    "#);
}
