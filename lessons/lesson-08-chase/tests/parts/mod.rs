//! The two parts that do no I/O: the chase along aliases, and the stack of walks.

use std::net::IpAddr;
use std::time::Duration;

use chase::{Chase, MAX_ALIASES, MAX_NESTING, Next, Routes, Stack};
use dnsparse::{Class, Name, Question, Record, RecordType};
use iterate::{Step, WalkFailure, WalkResult};
use referral::{Answer, Delegation, NameServer, Negative};

use crate::tell;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn record(text: &str) -> Record {
    text.parse().unwrap()
}

fn question(qname: &str) -> Question {
    Question {
        qname: name(qname),
        qtype: RecordType::A,
        qclass: Class::IN,
    }
}

fn alias(from: &str, to: &str) -> Answer {
    Answer::Alias {
        records: vec![record(&format!("{from} 60 CNAME {to}"))],
        target: name(to),
    }
}

/// Writes an answer, as the walk passes it on.
fn written(result: &WalkResult) -> String {
    let lines = |records: &[Record]| -> String {
        let lines = records.iter().map(|record| format!("\n    {record}"));
        lines.collect::<String>().replace('\t', " ")
    };
    match result {
        Ok(Answer::Positive(records)) => format!("answer{}", lines(records)),
        Ok(Answer::Alias { records, target }) => format!("alias to {target}{}", lines(records)),
        Ok(Answer::NoData(negative)) => format!("no data{}", lines(negative.soa.as_slice())),
        Ok(Answer::NxDomain(negative)) => format!("no such name{}", lines(negative.soa.as_slice())),
        Ok(Answer::NameTooLong(records)) => format!("too long{}", lines(records)),
        Err(failure) => format!("failure: {failure}"),
    }
}

/// Passes the results of walks to a chase, and writes the question, each result, and the chase's
/// next step after it.
fn chased(question: Question, results: impl IntoIterator<Item = WalkResult>) -> String {
    let mut text = format!("question: {} {}", question.qname, question.qtype);
    let mut chase = Chase::new(question);
    for result in results {
        text += &format!("\n  {}", written(&result));
        text += &match chase.handle_answer(result) {
            Next::Walk(question) => format!("\n→ walk for {} {}", question.qname, question.qtype),
            Next::End(resolution) => {
                format!("\n→ end: {}", tell(&resolution).replace('\n', "\n    "))
            }
        };
    }
    text
}

#[test]
fn an_alias_leads_to_the_next_walk() {
    let answer = Answer::Positive(vec![record("b.test. 60 A 192.0.2.1")]);
    let results = [Ok(alias("a.test.", "b.test.")), Ok(answer)];
    insta::assert_snapshot!(chased(question("a.test"), results), @r"
    question: a.test. A
      alias to b.test.
        a.test. 60 IN CNAME b.test.
    → walk for b.test. A
      answer
        b.test. 60 IN A 192.0.2.1
    → end: NOERROR
        a.test. 60 IN CNAME b.test.
        b.test. 60 IN A 192.0.2.1
    ");
}

#[test]
fn a_negative_answer_has_the_chain_that_leads_to_it() {
    let soa = record("test. 60 SOA ns.test. mail.test. 1 2 3 4 5");
    let negative = || Negative {
        soa: Some(soa.clone()),
    };
    let texts = [Answer::NxDomain(negative()), Answer::NoData(negative())].map(|answer| {
        let results = [Ok(alias("a.test.", "b.test.")), Ok(answer)];
        chased(question("a.test"), results)
    });
    insta::assert_snapshot!(texts.join("\n\n"), @r"
    question: a.test. A
      alias to b.test.
        a.test. 60 IN CNAME b.test.
    → walk for b.test. A
      no such name
        test. 60 IN SOA ns.test. mail.test. 1 2 3 4 5
    → end: NXDOMAIN
        a.test. 60 IN CNAME b.test.
        test. 60 IN SOA ns.test. mail.test. 1 2 3 4 5

    question: a.test. A
      alias to b.test.
        a.test. 60 IN CNAME b.test.
    → walk for b.test. A
      no data
        test. 60 IN SOA ns.test. mail.test. 1 2 3 4 5
    → end: NOERROR
        a.test. 60 IN CNAME b.test.
        test. 60 IN SOA ns.test. mail.test. 1 2 3 4 5
    ");
}

/// RFC 6672 section 2.2.
#[test]
fn a_name_that_is_too_long_is_an_answer_too() {
    let dname = record("old.test. 60 DNAME new.test.");
    let too_long = Answer::NameTooLong(vec![dname]);
    let results = [Ok(alias("a.test.", "b.old.test.")), Ok(too_long)];
    insta::assert_snapshot!(chased(question("a.test"), results), @r"
    question: a.test. A
      alias to b.old.test.
        a.test. 60 IN CNAME b.old.test.
    → walk for b.old.test. A
      too long
        old.test. 60 IN DNAME new.test.
    → end: YXDOMAIN
        a.test. 60 IN CNAME b.old.test.
        old.test. 60 IN DNAME new.test.
    ");
}

#[test]
fn a_loop_closes_at_a_name_whose_alias_was_followed() {
    let results = [
        Ok(alias("a.test.", "b.test.")),
        Ok(alias("b.test.", "a.test.")),
    ];
    insta::assert_snapshot!(chased(question("a.test"), results), @r"
    question: a.test. A
      alias to b.test.
        a.test. 60 IN CNAME b.test.
    → walk for b.test. A
      alias to a.test.
        b.test. 60 IN CNAME a.test.
    → end: SERVFAIL
        the aliases loop back to a.test.
    ");
}

#[test]
fn the_seventeenth_alias_is_one_too_many() {
    let link = |n: usize| alias(&format!("a{n}.test."), &format!("a{}.test.", n + 1));
    let text = chased(question("a0.test"), (0..=MAX_ALIASES).map(|n| Ok(link(n))));
    let steps: Vec<_> = text.lines().filter(|line| line.starts_with('→')).collect();
    let mut expected: Vec<_> = (1..=MAX_ALIASES)
        .map(|n| format!("→ walk for a{n}.test. A"))
        .collect();
    expected.push("→ end: SERVFAIL".to_owned());
    assert_eq!(
        steps.join("\n"),
        expected.join("\n"),
        "the steps after 17 aliases, from a0.test to a1.test and so on to a17.test"
    );
    let reason = text.lines().last().unwrap_or_default().trim();
    assert_eq!(
        reason, "more than 16 aliases; the last leads to a17.test.",
        "the reason for SERVFAIL"
    );
}

/// A server that follows aliases itself puts all of them into one reply.
#[test]
fn aliases_in_one_reply_are_checked_like_others() {
    let chain = |count: usize| -> Vec<Record> {
        let link = |n: usize| record(&format!("a{n}.test. 60 CNAME a{}.test.", n + 1));
        (0..count).map(link).collect()
    };
    let answer = |count: usize| {
        let mut records = chain(count);
        records.push(record(&format!("a{count}.test. 60 A 192.0.2.1")));
        Answer::Positive(records)
    };
    let ends = [MAX_ALIASES, MAX_ALIASES + 1].map(|count| {
        let text = chased(question("a0.test"), [Ok(answer(count))]);
        let (_, end) = text.split_once("→ ").unwrap_or_default();
        let end = end.lines().take(2).collect::<Vec<_>>().join("\n");
        format!("{count} aliases and an address in one reply\n→ {end}")
    });
    let mut circle = chain(2);
    circle.push(record("a2.test. 60 CNAME a1.test."));
    let answer = Answer::Alias {
        records: circle,
        target: name("a1.test"),
    };
    let circle = chased(question("a0.test"), [Ok(answer)]);
    insta::assert_snapshot!(format!("{}\n\n{circle}", ends.join("\n")), @r"
    16 aliases and an address in one reply
    → end: NOERROR
        a0.test. 60 IN CNAME a1.test.
    17 aliases and an address in one reply
    → end: SERVFAIL
        more than 16 aliases; the last leads to a17.test.

    question: a0.test. A
      alias to a1.test.
        a0.test. 60 IN CNAME a1.test.
        a1.test. 60 IN CNAME a2.test.
        a2.test. 60 IN CNAME a1.test.
    → end: SERVFAIL
        the aliases loop back to a1.test.
    ");
}

/// To a query for CNAME, an alias is the answer, wherever it leads.
#[test]
fn a_query_for_cname_may_be_answered_by_a_loop() {
    let question = Question {
        qtype: RecordType::CNAME,
        ..question("me.test")
    };
    let answer = Answer::Positive(vec![record("me.test. 60 CNAME me.test.")]);
    insta::assert_snapshot!(chased(question, [Ok(answer)]), @r"
    question: me.test. CNAME
      answer
        me.test. 60 IN CNAME me.test.
    → end: NOERROR
        me.test. 60 IN CNAME me.test.
    ");
}

/// While the chase goes on, the records that it keeps grow older.
#[tokio::test(start_paused = true)]
async fn the_age_of_an_alias_is_subtracted_from_its_ttl() {
    let mut chase = Chase::new(question("a.test"));
    chase.handle_answer(Ok(alias("a.test.", "b.test.")));
    tokio::time::advance(Duration::from_millis(1_100)).await;
    chase.handle_answer(Ok(Answer::Alias {
        records: vec![record("b.test. 1 CNAME c.test.")],
        target: name("c.test"),
    }));
    tokio::time::advance(Duration::from_millis(1_100)).await;
    let answer = Answer::Positive(vec![record("c.test. 60 A 192.0.2.1")]);
    let end = match chase.handle_answer(Ok(answer)) {
        Next::Walk(question) => format!("walk for {}", question.qname),
        Next::End(resolution) => tell(&resolution),
    };
    // A second that has begun counts as a whole one.
    insta::assert_snapshot!(end, @r"
    NOERROR
    a.test. 57 IN CNAME b.test.
    b.test. 0 IN CNAME c.test.
    c.test. 60 IN A 192.0.2.1
    ");
}

/// The CNAME that follows from a DNAME can be worked out, so that the server's need not be trusted.
#[test]
fn a_cname_has_to_follow_from_its_dname() {
    let with_dname = |cname: &str| {
        let records = vec![record("old.test. 60 DNAME new.test."), record(cname)];
        chased(question("a.old.test"), [Ok(Answer::Positive(records))])
    };
    let cnames = [
        "a.old.test. 60 CNAME a.new.test.",
        "a.old.test. 60 CNAME b.new.test.",
    ];
    insta::assert_snapshot!(cnames.map(with_dname).join("\n\n"), @r"
    question: a.old.test. A
      answer
        old.test. 60 IN DNAME new.test.
        a.old.test. 60 IN CNAME a.new.test.
    → end: NOERROR
        old.test. 60 IN DNAME new.test.
        a.old.test. 60 IN CNAME a.new.test.

    question: a.old.test. A
      answer
        old.test. 60 IN DNAME new.test.
        a.old.test. 60 IN CNAME b.new.test.
    → end: SERVFAIL
        the CNAME of a.old.test. does not follow from the DNAME that came with it (RFC 6672 section 3.1)
    ");
}

#[test]
fn a_failed_walk_is_a_failed_resolution() {
    let failure = WalkFailure {
        zone: name("test"),
        given_up: Vec::new(),
        more: 0,
    };
    insta::assert_snapshot!(chased(question("a.test"), [Err(failure)]), @r"
    question: a.test. A
      failure: no usable reply from the servers of test.: none has a known address
    → end: SERVFAIL
        no usable reply from the servers of test.: none has a known address
    ");
}

/// Makes the delegation of a zone with one server, whose addresses are known or not.
fn served_by(zone: &str, server: &str, addresses: Vec<IpAddr>) -> Delegation {
    let servers = vec![NameServer {
        name: name(server),
        addresses,
    }];
    Delegation {
        zone: name(zone),
        ttl: 60,
        servers,
    }
}

/// Makes a delegation whose server `ns.test` has to be looked up.
fn glueless() -> Delegation {
    served_by("example", "ns.test", Vec::new())
}

/// Makes the delegation of the root, whose server has an address.
fn root() -> Delegation {
    served_by(".", "root", vec![[192, 0, 2, 1].into()])
}

fn stack_from_root() -> Stack {
    Stack::new(question("www.example"), root())
}

/// Writes the walks of a stack, from the bottom up, and what the one on top needs.
fn shown(stack: &mut Stack) -> String {
    let (depth, step) = (stack.depth(), stack.step());
    let Question { qname, qtype, .. } = stack.top().question().clone();
    let step = match step {
        Step::Ask(servers) => {
            let servers: Vec<_> = servers.iter().map(ToString::to_string).collect();
            format!("query {}", servers.join(" or "))
        }
        Step::AddressOf(servers) => {
            let servers: Vec<_> = servers.iter().map(ToString::to_string).collect();
            format!("look up {}", servers.join(", then "))
        }
        Step::Done(result) => format!("done: {}", written(&result)),
    };
    format!("depth {depth}, on top the walk for {qname} {qtype}\n→ {step}")
}

/// Starts a lookup, and writes the stack after it.
fn started(stack: &mut Stack, server: &str, start: Delegation) -> String {
    let word = match stack.start_lookup(&name(server), start) {
        true => "a lookup",
        false => "no lookup",
    };
    format!("{word} of {server}: {}", shown(stack))
}

/// Finishes the walk on top, and writes the result, what was returned, and the stack after it.
fn finished(stack: &mut Stack, result: WalkResult) -> String {
    let text = written(&result);
    let returned = match stack.finish_walk(result) {
        None => "nothing is returned".to_owned(),
        Some(result) => format!("returned: {}", written(&result)),
    };
    format!("{text}\n  {returned}; {}", shown(stack))
}

#[test]
fn a_server_is_looked_up_by_a_walk_on_top() {
    let mut stack = Stack::new(question("www.example"), glueless());
    let mut text = started(&mut stack, "ns.test", root());
    let answer = Answer::Positive(vec![
        record("ns.test. 60 A 192.0.2.7"),
        record("ns.test. 60 AAAA 2001:db8::7"),
    ]);
    text += &format!("\n\n{}", finished(&mut stack, Ok(answer)));
    insta::assert_snapshot!(text, @r"
    a lookup of ns.test: depth 1, on top the walk for ns.test. A
    → query 192.0.2.1

    answer
        ns.test. 60 IN A 192.0.2.7
        ns.test. 60 IN AAAA 2001:db8::7
      nothing is returned; depth 0, on top the walk for www.example. A
    → query 192.0.2.7 or 2001:db8::7
    ");
}

/// A server's name must not be an alias (RFC 2181 section 10.3), even if the addresses of its
/// target are in the reply.
#[test]
fn the_addresses_of_an_alias_target_are_not_the_servers() {
    let mut stack = Stack::new(question("www.example"), glueless());
    stack.start_lookup(&name("ns.test"), root());
    let answer = Answer::Positive(vec![
        record("ns.test. 60 CNAME host.test."),
        record("host.test. 60 A 192.0.2.7"),
    ]);
    insta::assert_snapshot!(finished(&mut stack, Ok(answer)), @r"
    answer
        ns.test. 60 IN CNAME host.test.
        host.test. 60 IN A 192.0.2.7
      nothing is returned; depth 0, on top the walk for www.example. A
    → done: failure: no usable reply from the servers of example.: none has a known address
    ");
}

#[test]
fn the_result_of_the_walk_at_the_bottom_is_returned() {
    let answer = Answer::Positive(vec![record("www.example. 60 A 192.0.2.7")]);
    insta::assert_snapshot!(finished(&mut stack_from_root(), Ok(answer)), @r"
    answer
        www.example. 60 IN A 192.0.2.7
      returned: answer
        www.example. 60 IN A 192.0.2.7; depth 0, on top the walk for www.example. A
    → query 192.0.2.1
    ");
}

#[test]
fn no_name_is_looked_up_within_its_own_lookup() {
    let mut stack = stack_from_root();
    // The search itself is for the first name, and case makes no difference.
    let texts =
        ["www.example", "ns.test", "NS.test"].map(|server| started(&mut stack, server, root()));
    insta::assert_snapshot!(texts.join("\n"), @r"
    no lookup of www.example: depth 0, on top the walk for www.example. A
    → query 192.0.2.1
    a lookup of ns.test: depth 1, on top the walk for ns.test. A
    → query 192.0.2.1
    no lookup of NS.test: depth 1, on top the walk for ns.test. A
    → query 192.0.2.1
    ");
}

#[test]
fn at_most_eight_walks_are_nested() {
    let mut stack = stack_from_root();
    let lookups = (0..=MAX_NESTING).map(|n| {
        let has_begun = stack.start_lookup(&name(&format!("ns{n}.test")), root());
        let word = if has_begun { "a lookup" } else { "no lookup" };
        format!("{word} of ns{n}.test, depth {}", stack.depth())
    });
    let got: Vec<_> = lookups.collect();
    let mut expected: Vec<_> = (0..MAX_NESTING)
        .map(|n| format!("a lookup of ns{n}.test, depth {}", n + 1))
        .collect();
    expected.push("no lookup of ns8.test, depth 8".to_owned());
    assert_eq!(got.join("\n"), expected.join("\n"));
}

/// A server that is not looked up counts as one without addresses.
#[test]
fn a_walk_goes_on_without_a_name_that_is_not_looked_up() {
    let mut stack = Stack::new(question("www.example"), glueless());
    let first = shown(&mut stack);
    // The walk on top needs it as well.
    let lookups = [(); 2].map(|()| started(&mut stack, "ns.test", glueless()));
    insta::assert_snapshot!(format!("{first}\n{}", lookups.join("\n")), @r"
    depth 0, on top the walk for www.example. A
    → look up ns.test.
    a lookup of ns.test: depth 1, on top the walk for ns.test. A
    → look up ns.test.
    no lookup of ns.test: depth 1, on top the walk for ns.test. A
    → done: failure: no usable reply from the servers of example.: none has a known address
    ");
}

#[test]
fn a_server_without_a_records_is_looked_up_by_aaaa() {
    let no_data = || Ok(Answer::NoData(Negative { soa: None }));
    let mut texts = Vec::new();
    for ipv6 in [true, false] {
        let mut stack = Stack::new(question("www.example"), glueless());
        stack.routes = Routes { ipv4: true, ipv6 };
        texts.push(format!("with a route to IPv6: {ipv6}"));
        texts.push(started(&mut stack, "ns.test", root()));
        texts.push(finished(&mut stack, no_data()));
        if ipv6 {
            texts.push(started(&mut stack, "ns.test", root()));
            let answer = Answer::Positive(vec![record("ns.test. 60 AAAA 2001:db8::7")]);
            texts.push(finished(&mut stack, Ok(answer)));
        }
    }
    insta::assert_snapshot!(texts.join("\n"), @r"
    with a route to IPv6: true
    a lookup of ns.test: depth 1, on top the walk for ns.test. A
    → query 192.0.2.1
    no data
      nothing is returned; depth 0, on top the walk for www.example. A
    → look up ns.test.
    a lookup of ns.test: depth 1, on top the walk for ns.test. AAAA
    → query 192.0.2.1
    answer
        ns.test. 60 IN AAAA 2001:db8::7
      nothing is returned; depth 0, on top the walk for www.example. A
    → query 2001:db8::7
    with a route to IPv6: false
    a lookup of ns.test: depth 1, on top the walk for ns.test. A
    → query 192.0.2.1
    no data
      nothing is returned; depth 0, on top the walk for www.example. A
    → done: failure: no usable reply from the servers of example.: none has a known address
    ");
}
