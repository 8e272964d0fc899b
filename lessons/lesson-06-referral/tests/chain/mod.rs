//! The aliases of one reply: their order, their end, and the DNAME before them.

use dnsparse::{Question, Rcode, RecordType};
use referral::{MAX_ALIASES, chain};

use crate::{
    SOA, all_classified, classified, line, lines, nxdomain, question, records, reply,
    without_authority,
};

/// Follows the aliases from www.shop.example, and writes the question, the answer section and the
/// chain.
fn followed(qtype: RecordType, answers: &str) -> String {
    let question = Question {
        qtype,
        ..question("www.shop.example")
    };
    let answers = records(answers);
    let chain = chain(&question, &answers);
    format!(
        "question: {}\nanswers:{}\n→ aliases:{}\n→ end: {}\n→ answer:{}",
        line(&question),
        lines(&answers),
        lines(&chain.aliases),
        chain.end,
        lines(&chain.answer)
    )
}

/// Returns an answer section with an alias from www.shop.example to n0.example, from there to
/// n1.example, and so on.
fn long_chain() -> String {
    let first = "www.shop.example. 60 CNAME n0.example.\n".to_owned();
    let others = (0..20).map(|n| format!("n{n}.example. 60 CNAME n{}.example.\n", n + 1));
    first + &others.collect::<String>()
}

const LOOP: &str = "www.shop.example. 60 CNAME b.example.\nb.example. 60 CNAME www.shop.example.";

#[test]
fn aliases_are_put_in_order() {
    let shuffled = "\
        c.example. 60 A 192.0.2.1\n\
        b.example. 60 CNAME c.example.\n\
        WWW.shop.example. 60 CNAME B.example.";
    insta::assert_snapshot!(classified(&reply(shuffled, "", "")), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    answer    c.example. 60 IN A 192.0.2.1
    answer    b.example. 60 IN CNAME c.example.
    answer    WWW.shop.example. 60 IN CNAME B.example.
    → alias to c.example.
      WWW.shop.example. 60 IN CNAME B.example.
      b.example. 60 IN CNAME c.example.
    ");
}

/// The target may be in a zone that was delegated away, and the records that came along may be an
/// old copy: they are looked up at the target's own servers.
#[test]
fn records_of_an_alias_target_are_not_used() {
    let answer = "\
        www.shop.example. 60 CNAME b.example.\n\
        b.example. 60 A 192.0.2.1";
    insta::assert_snapshot!(classified(&reply(answer, "", "")), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    answer    www.shop.example. 60 IN CNAME b.example.
    answer    b.example. 60 IN A 192.0.2.1
    → alias to b.example.
      www.shop.example. 60 IN CNAME b.example.
    ");
}

/// The server of `example` adds an address of `elsewhere.test`, which is out of its bailiwick.
#[test]
fn an_alias_out_of_the_zone_ends_the_chain() {
    let with_address =
        "www.shop.example. 60 CNAME elsewhere.test.\nelsewhere.test. 60 A 192.0.2.66";
    insta::assert_snapshot!(classified(&reply(with_address, "", "")), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    answer    www.shop.example. 60 IN CNAME elsewhere.test.
    answer    elsewhere.test. 60 IN A 192.0.2.66
    → alias to elsewhere.test.
      www.shop.example. 60 IN CNAME elsewhere.test.
    ");
}

#[test]
fn to_a_question_for_cname_an_alias_is_the_answer() {
    let answers = "www.shop.example. 60 CNAME b.example.\nb.example. 60 A 192.0.2.1";
    let both = [RecordType::CNAME, RecordType::ANY].map(|qtype| followed(qtype, answers));
    insta::assert_snapshot!(both.join("\n\n"), @r"
    question: www.shop.example. IN CNAME
    answers:
      www.shop.example. 60 IN CNAME b.example.
      b.example. 60 IN A 192.0.2.1
    → aliases:
    → end: www.shop.example.
    → answer:
      www.shop.example. 60 IN CNAME b.example.

    question: www.shop.example. IN ANY
    answers:
      www.shop.example. 60 IN CNAME b.example.
      b.example. 60 IN A 192.0.2.1
    → aliases:
    → end: www.shop.example.
    → answer:
      www.shop.example. 60 IN CNAME b.example.
    ");
}

/// The records of the chain's end are its answer, though `classify` does not use them.
#[test]
fn the_answer_of_a_chain_is_at_its_end() {
    let answers = "\
        www.shop.example. 60 CNAME b.example.\n\
        b.example. 60 A 192.0.2.1\n\
        b.example. 60 TXT \"hello\"\n\
        www.shop.example. 60 A 192.0.2.2";
    let alias = &answers[..answers.rfind("\nwww").unwrap()];
    let texts = [alias, answers].map(|answers| followed(RecordType::A, answers));
    insta::assert_snapshot!(texts.join("\n\n"), @r#"
    question: www.shop.example. IN A
    answers:
      www.shop.example. 60 IN CNAME b.example.
      b.example. 60 IN A 192.0.2.1
      b.example. 60 IN TXT "hello"
    → aliases:
      www.shop.example. 60 IN CNAME b.example.
    → end: b.example.
    → answer:
      b.example. 60 IN A 192.0.2.1

    question: www.shop.example. IN A
    answers:
      www.shop.example. 60 IN CNAME b.example.
      b.example. 60 IN A 192.0.2.1
      b.example. 60 IN TXT "hello"
      www.shop.example. 60 IN A 192.0.2.2
    → aliases:
    → end: www.shop.example.
    → answer:
      www.shop.example. 60 IN A 192.0.2.2
    "#);
}

/// The target of a DNAME is often in another zone, and the records of it that came along are old:
/// they are looked up there.
#[test]
fn a_dname_stands_before_the_cname_that_follows_from_it() {
    let answer = "\
        shop.example. 60 DNAME store.example.\n\
        www.shop.example. 60 CNAME www.store.example.\n\
        www.store.example. 60 A 192.0.2.1";
    insta::assert_snapshot!(classified(&reply(answer, "", "")), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    answer    shop.example. 60 IN DNAME store.example.
    answer    www.shop.example. 60 IN CNAME www.store.example.
    answer    www.store.example. 60 IN A 192.0.2.1
    → alias to www.store.example.
      shop.example. 60 IN DNAME store.example.
      www.shop.example. 60 IN CNAME www.store.example.
    ");
}

/// The DNAME is above the target of the first alias, not above the name in the question.
#[test]
fn an_alias_may_lead_below_a_dname() {
    let answer = "\
        www.shop.example. 60 CNAME www.old.example.\n\
        old.example. 60 DNAME new.example.\n\
        www.old.example. 60 CNAME www.new.example.\n\
        www.new.example. 60 A 192.0.2.1";
    insta::assert_snapshot!(classified(&reply(answer, "", "")), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    answer    www.shop.example. 60 IN CNAME www.old.example.
    answer    old.example. 60 IN DNAME new.example.
    answer    www.old.example. 60 IN CNAME www.new.example.
    answer    www.new.example. 60 IN A 192.0.2.1
    → alias to www.new.example.
      www.shop.example. 60 IN CNAME www.old.example.
      old.example. 60 IN DNAME new.example.
      www.old.example. 60 IN CNAME www.new.example.
    ");
}

/// The CNAME is for resolvers that do not know DNAME (RFC 6672 section 3.1). Without it, the DNAME
/// still gives the target. The DNAME's own name is not redirected.
#[test]
fn a_dname_without_a_cname_is_an_alias_too() {
    let alone = "shop.example. 90 DNAME store.example.";
    let with_answer = format!("{alone}\nwww.store.example. 60 A 192.0.2.1");
    let at_the_name = "www.shop.example. 90 DNAME store.example.";
    let replies = [alone, &with_answer, at_the_name].map(|answer| reply(answer, SOA, ""));
    insta::assert_snapshot!(all_classified(&replies), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    answer    shop.example. 90 IN DNAME store.example.
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → alias to www.store.example.
      shop.example. 90 IN DNAME store.example.
      www.shop.example. 90 IN CNAME www.store.example.

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    answer    shop.example. 90 IN DNAME store.example.
    answer    www.store.example. 60 IN A 192.0.2.1
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → alias to www.store.example.
      shop.example. 90 IN DNAME store.example.
      www.shop.example. 90 IN CNAME www.store.example.

    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    answer    www.shop.example. 90 IN DNAME store.example.
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → no data
      example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    ");
}

/// `www` and this name have 256 octets together (RFC 6672 section 2.2). Not every server knows the
/// RCODE for it.
#[test]
fn a_dname_that_makes_the_name_too_long_is_the_answer() {
    let target = [63, 63, 63, 58].map(|length| "x".repeat(length)).join(".");
    let dname = format!("shop.example. 60 DNAME {target}.");
    for rcode in [Rcode::YXDOMAIN, Rcode::NOERROR, Rcode::NXDOMAIN] {
        let mut reply = reply(&dname, SOA, "");
        reply.header.rcode = rcode;
        let expected = format!("→ too long\n  shop.example. 60 IN DNAME {target}.");
        let got = classified(&reply);
        assert!(got.ends_with(&expected), "expected {expected}\ngot\n{got}");
        let expected = format!("→ last resort: too long\n  shop.example. 30 IN DNAME {target}.");
        let got = classified(&without_authority(reply));
        assert!(got.ends_with(&expected), "expected {expected}\ngot\n{got}");
    }
    // The alias before it belongs to the answer.
    let answer =
        format!("old.example. 60 DNAME {target}.\nwww.shop.example. 60 CNAME www.old.example.");
    let mut behind = reply(&answer, "", "");
    behind.header.rcode = Rcode::YXDOMAIN;
    let expected =
        "→ too long\n  www.shop.example. 60 IN CNAME www.old.example.\n  old.example. 60 IN DNAME";
    let got = classified(&behind);
    assert!(got.contains(expected), "expected {expected}\ngot\n{got}");
}

/// The RCODE alone says nothing about the name. Nor does it with a DNAME of another name, with one
/// that leaves room for the name, or with one that this server may not send.
#[test]
fn yxdomain_without_a_dname_that_explains_it_is_unusable() {
    let long = [63, 63, 63, 58].map(|length| "x".repeat(length)).join(".");
    for answer in [
        String::new(),
        format!("other.example. 60 DNAME {long}."),
        format!(". 60 DNAME {long}."),
        "shop.example. 60 DNAME store.example.".to_owned(),
    ] {
        let mut reply = reply(&answer, "", "");
        reply.header.rcode = Rcode::YXDOMAIN;
        let got = classified(&reply);
        assert!(got.ends_with("→ the server replied YXDOMAIN"), "{got}");
    }
}

/// A loop has no name at its end that could be missing: a false negative answer would be cached for
/// as long as the SOA allows.
#[test]
fn aliases_without_an_end_are_no_negative_answer() {
    for (answer, target) in [(LOOP, "www.shop.example."), (&long_chain(), "n15.example.")] {
        for reply in [reply(answer, SOA, ""), nxdomain(reply(answer, "", ""))] {
            let classified = classified(&reply);
            let (_, kind) = classified.split_once("→ ").unwrap_or_default();
            assert_eq!(
                kind.lines().next(),
                Some(&*format!("alias to {target}")),
                "{classified}"
            );
        }
    }
}

#[test]
fn a_loop_of_aliases_is_followed_once() {
    insta::assert_snapshot!(followed(RecordType::A, LOOP), @r"
    question: www.shop.example. IN A
    answers:
      www.shop.example. 60 IN CNAME b.example.
      b.example. 60 IN CNAME www.shop.example.
    → aliases:
      www.shop.example. 60 IN CNAME b.example.
      b.example. 60 IN CNAME www.shop.example.
    → end: www.shop.example.
    → answer:
    ");
}

#[test]
fn at_most_sixteen_aliases_are_followed() {
    let chain = chain(&question("www.shop.example"), &records(&long_chain()));
    assert_eq!(
        format!("{} aliases, the last to {}", chain.aliases.len(), chain.end),
        format!("{MAX_ALIASES} aliases, the last to n15.example."),
        "21 aliases: from www.shop.example to n0.example, to n1.example, and so on to n20.example"
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
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    answer    www.shop.example. 60 IN CNAME www.mall.example.
    authority mall.example. 60 IN NS ns.mall.example.
    addition  ns.mall.example. 60 IN A 192.0.2.7
    → alias to www.mall.example.
      www.shop.example. 60 IN CNAME www.mall.example.
    ");
}

/// A negative reply after an alias says less than it seems to: the target may be in a zone that
/// was delegated away, or the server may know no better (RFC 6604 section 3). So the alias is
/// followed, and the target looked up by itself.
#[test]
fn a_negative_reply_behind_an_alias_is_an_alias() {
    let alias = "www.shop.example. 60 CNAME b.example.";
    let replies = [
        reply(alias, SOA, ""),
        nxdomain(reply(alias, SOA, "")),
        nxdomain(reply(alias, "", "")),
    ];
    insta::assert_snapshot!(all_classified(&replies), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NOERROR aa
    answer    www.shop.example. 60 IN CNAME b.example.
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → alias to b.example.
      www.shop.example. 60 IN CNAME b.example.

    query     www.shop.example. IN A to a server of example.
    reply     NXDOMAIN aa
    answer    www.shop.example. 60 IN CNAME b.example.
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → alias to b.example.
      www.shop.example. 60 IN CNAME b.example.

    query     www.shop.example. IN A to a server of example.
    reply     NXDOMAIN aa
    answer    www.shop.example. 60 IN CNAME b.example.
    → alias to b.example.
      www.shop.example. 60 IN CNAME b.example.
    ");
}

/// NXDOMAIN is about the last name of the chain (RFC 6604 section 3), and here that is outside the
/// server's zone.
#[test]
fn nxdomain_counts_only_for_names_in_the_zone() {
    let reply = nxdomain(reply("www.shop.example. 60 CNAME elsewhere.test.", SOA, ""));
    insta::assert_snapshot!(classified(&reply), @r"
    query     www.shop.example. IN A to a server of example.
    reply     NXDOMAIN aa
    answer    www.shop.example. 60 IN CNAME elsewhere.test.
    authority example. 900 IN SOA ns.example. hostmaster.example. 1 1800 900 604800 300
    → alias to elsewhere.test.
      www.shop.example. 60 IN CNAME elsewhere.test.
    ");
}
