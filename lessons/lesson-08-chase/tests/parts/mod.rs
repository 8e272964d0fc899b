//! The two parts that know nothing of networks: the chase along aliases, and the stack of walks.

use std::net::IpAddr;
use std::time::Duration;

use chase::{Chase, MAX_ALIASES, MAX_NESTING, Next, Stack};
use dnsparse::{Class, Name, Question, Rcode, Record, RecordType};
use iterate::{Step, WalkFailure};
use referral::{Answer, Delegation, NameServer, Negative};

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

#[test]
fn an_alias_leads_to_the_next_question() {
    let mut chase = Chase::new(question("a.test"));
    assert_eq!(
        chase.handle_answer(Ok(alias("a.test.", "b.test."))),
        Next::Walk(question("b.test"))
    );
    let answer = Answer::Positive(vec![record("b.test. 60 A 192.0.2.1")]);
    let Next::End(resolution) = chase.handle_answer(Ok(answer)) else {
        panic!("that was the answer")
    };
    assert_eq!(
        (resolution.rcode, resolution.records.len()),
        (Rcode::NOERROR, 2)
    );
}

#[test]
fn nothing_at_the_end_is_told_with_the_chain() {
    let soa = record("test. 60 SOA ns.test. mail.test. 1 2 3 4 5");
    for (rcode, nxdomain) in [(Rcode::NXDOMAIN, true), (Rcode::NOERROR, false)] {
        let mut chase = Chase::new(question("a.test"));
        chase.handle_answer(Ok(alias("a.test.", "b.test.")));
        let negative = Negative {
            records: Vec::new(),
            soa: Some(soa.clone()),
        };
        let outcome = if nxdomain {
            Answer::NxDomain(negative)
        } else {
            Answer::NoData(negative)
        };
        let Next::End(resolution) = chase.handle_answer(Ok(outcome)) else {
            panic!("that was the end")
        };
        assert_eq!((resolution.rcode, resolution.records.len()), (rcode, 1));
        assert_eq!(resolution.soa, Some(soa.clone()));
    }
}

/// Why a chase failed.
fn trouble(next: Next) -> String {
    let Next::End(resolution) = next else {
        panic!("that was the end")
    };
    assert_eq!(resolution.rcode, Rcode::SERVFAIL);
    resolution.failure.unwrap().to_string()
}

#[test]
fn a_circle_closes_at_a_name_that_was_met_before() {
    let mut chase = Chase::new(question("a.test"));
    chase.handle_answer(Ok(alias("a.test.", "b.test.")));
    let next = chase.handle_answer(Ok(alias("b.test.", "a.test.")));
    assert_eq!(
        trouble(next),
        "the aliases go round in a circle, back to a.test."
    );
}

#[test]
fn the_seventeenth_alias_is_one_too_many() {
    let mut chase = Chase::new(question("a0.test"));
    let mut hear = |n: usize| {
        chase.handle_answer(Ok(alias(
            &format!("a{n}.test."),
            &format!("a{}.test.", n + 1),
        )))
    };
    for n in 0..MAX_ALIASES {
        assert_eq!(hear(n), Next::Walk(question(&format!("a{}.test", n + 1))));
    }
    assert_eq!(
        trouble(hear(MAX_ALIASES)),
        "more than 16 aliases, the last of them a17.test."
    );
}

/// A server that follows aliases itself says all of them at once, and where they end.
#[test]
fn aliases_that_came_together_are_judged_like_others() {
    let chain = |count: usize| -> Vec<Record> {
        let link = |n: usize| record(&format!("a{n}.test. 60 CNAME a{}.test.", n + 1));
        (0..count).map(link).collect()
    };
    let answer = |count: usize| {
        let mut records = chain(count);
        records.push(record(&format!("a{count}.test. 60 A 192.0.2.1")));
        Answer::Positive(records)
    };
    let mut chase = Chase::new(question("a0.test"));
    assert!(
        matches!(chase.handle_answer(Ok(answer(MAX_ALIASES))), Next::End(end) if end.failure.is_none())
    );
    let mut chase = Chase::new(question("a0.test"));
    assert_eq!(
        trouble(chase.handle_answer(Ok(answer(MAX_ALIASES + 1)))),
        "more than 16 aliases, the last of them a17.test."
    );
    let mut circle = chain(2);
    circle.push(record("a2.test. 60 CNAME a1.test."));
    for nxdomain in [false, true] {
        let negative = Negative {
            records: circle.clone(),
            soa: None,
        };
        let outcome = match nxdomain {
            true => Answer::NxDomain(negative),
            false => Answer::NoData(negative),
        };
        assert_eq!(
            trouble(Chase::new(question("a0.test")).handle_answer(Ok(outcome))),
            "the aliases go round in a circle, back to a1.test."
        );
    }
}

/// Asked for an alias, it is the answer, wherever it leads.
#[test]
fn an_alias_of_itself_can_be_asked_for() {
    let asked = Question {
        qtype: RecordType::CNAME,
        ..question("me.test")
    };
    let answer = Answer::Positive(vec![record("me.test. 60 CNAME me.test.")]);
    let Next::End(resolution) = Chase::new(asked).handle_answer(Ok(answer)) else {
        panic!("that was the answer")
    };
    assert_eq!((resolution.failure, resolution.records.len()), (None, 1));
}

/// While the chase goes on, what it has kept grows older.
#[tokio::test(start_paused = true)]
async fn what_was_heard_early_lives_shorter() {
    let mut chase = Chase::new(question("a.test"));
    chase.handle_answer(Ok(alias("a.test.", "b.test.")));
    tokio::time::advance(Duration::from_millis(1_100)).await;
    chase.handle_answer(Ok(Answer::Alias {
        records: vec![record("b.test. 1 CNAME c.test.")],
        target: name("c.test"),
    }));
    tokio::time::advance(Duration::from_millis(1_100)).await;
    let answer = Answer::Positive(vec![record("c.test. 60 A 192.0.2.1")]);
    let Next::End(resolution) = chase.handle_answer(Ok(answer)) else {
        panic!("that was the answer")
    };
    let ttls: Vec<u32> = resolution.records.iter().map(|it| it.ttl).collect();
    assert_eq!(ttls, [57, 0, 60], "of a second that has begun, all counts");
}

/// What follows from a DNAME can be worked out, so it need not be believed.
#[test]
fn an_alias_has_to_follow_from_its_dname() {
    let with_dname = |cname: &str| {
        let records = vec![record("old.test. 60 DNAME new.test."), record(cname)];
        Chase::new(question("a.old.test")).handle_answer(Ok(Answer::Positive(records)))
    };
    let right = with_dname("a.old.test. 60 CNAME a.new.test.");
    assert!(matches!(right, Next::End(resolution) if resolution.failure.is_none()));
    let wrong = trouble(with_dname("a.old.test. 60 CNAME b.new.test."));
    assert!(
        wrong.starts_with("the CNAME of a.old.test. does not follow"),
        "{wrong}"
    );
}

#[test]
fn a_failed_walk_is_a_failed_resolution() {
    let failure = WalkFailure {
        zone: name("test"),
        given_up: Vec::new(),
        more: 0,
    };
    let Next::End(resolution) = Chase::new(question("a.test")).handle_answer(Err(failure)) else {
        panic!("the end")
    };
    assert_eq!(resolution.rcode, Rcode::SERVFAIL);
    assert_eq!(
        resolution.failure.unwrap().to_string(),
        "no server of test. helped: it has none with an address"
    );
}

/// A zone whose servers are known by name and address, or by name alone.
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

/// A zone whose server `ns.test` has to be looked for.
fn lost() -> Delegation {
    served_by("example", "ns.test", Vec::new())
}

/// The root, whose server's address is known, so that walks can begin.
fn root() -> Delegation {
    served_by(".", "root", vec![[192, 0, 2, 1].into()])
}

fn grounded() -> Stack {
    Stack::new(question("www.example"), root())
}

#[test]
fn a_server_is_sought_on_top_and_told_to_the_walk_below() {
    let mut stack = grounded();
    assert!(stack.seek(&name("ns.test"), root()));
    assert_eq!(
        (stack.depth(), stack.top().question().clone()),
        (1, question("ns.test"))
    );
    let answer = Answer::Positive(vec![
        record("ns.test. 60 A 192.0.2.7"),
        record("ns.test. 60 AAAA 2001:db8::7"),
    ]);
    assert_eq!(stack.finish(Ok(answer)), None);
    assert_eq!(
        (stack.depth(), stack.top().question().clone()),
        (0, question("www.example"))
    );
}

/// A server's name must not be an alias (RFC 2181 section 10.3), also where the addresses of what it leads to came along.
#[test]
fn addresses_of_what_an_alias_leads_to_are_not_the_servers() {
    let mut stack = Stack::new(question("www.example"), lost());
    assert!(stack.seek(&name("ns.test"), root()));
    let answer = Answer::Positive(vec![
        record("ns.test. 60 CNAME host.test."),
        record("host.test. 60 A 192.0.2.7"),
    ]);
    assert_eq!(stack.finish(Ok(answer)), None);
    assert!(
        matches!(stack.step(), Step::Done(Err(_))),
        "{:?}",
        stack.step()
    );
}

#[test]
fn the_last_walk_to_finish_is_the_end() {
    let answer = || Answer::Positive(vec![record("www.example. 60 A 192.0.2.7")]);
    assert_eq!(grounded().finish(Ok(answer())), Some(Ok(answer())));
}

#[test]
fn no_name_is_sought_within_itself() {
    let mut stack = grounded();
    assert!(
        !stack.seek(&name("www.example"), root()),
        "that is what the whole search is for"
    );
    assert!(stack.seek(&name("ns.test"), root()));
    assert!(
        !stack.seek(&name("NS.test"), root()),
        "case makes no difference"
    );
    assert_eq!(stack.depth(), 1);
}

#[test]
fn walks_are_nested_so_far_and_no_further() {
    let mut stack = grounded();
    for n in 0..MAX_NESTING {
        assert!(stack.seek(&name(&format!("ns{n}.test")), root()), "{n}");
    }
    assert!(!stack.seek(&name("ns.too.deep"), root()));
    assert_eq!(stack.depth(), MAX_NESTING);
}

/// Who is not sought has no address: the walk has to go on without.
#[test]
fn a_walk_is_told_that_a_name_is_not_sought() {
    let mut stack = Stack::new(question("www.example"), lost());
    assert_eq!(stack.step(), Step::AddressOf(vec![name("ns.test")]));
    assert!(stack.seek(&name("ns.test"), lost()));
    assert_eq!(
        stack.step(),
        Step::AddressOf(vec![name("ns.test")]),
        "the walk on top needs it as well"
    );
    assert!(!stack.seek(&name("ns.test"), lost()));
    assert!(
        matches!(stack.step(), Step::Done(Err(_))),
        "{:?}",
        stack.step()
    );
}

#[test]
fn a_server_without_a_records_may_have_aaaa_records() {
    let v6: IpAddr = "2001:db8::7".parse().unwrap();
    let nothing = || {
        Ok(Answer::NoData(Negative {
            records: Vec::new(),
            soa: None,
        }))
    };
    for seeks_ipv6 in [true, false] {
        let mut stack = Stack::new(question("www.example"), lost());
        stack.seeks_ipv6 = seeks_ipv6;
        assert!(stack.seek(&name("ns.test"), root()));
        assert_eq!(stack.finish(nothing()), None);
        if seeks_ipv6 {
            assert_eq!(stack.step(), Step::AddressOf(vec![name("ns.test")]));
            assert!(stack.seek(&name("ns.test"), root()));
            assert_eq!(stack.top().question().qtype, RecordType::AAAA);
            let answer = Answer::Positive(vec![record("ns.test. 60 AAAA 2001:db8::7")]);
            assert_eq!(stack.finish(Ok(answer)), None);
            assert_eq!(stack.step(), Step::Ask(vec![v6]));
        } else {
            assert!(matches!(stack.step(), Step::Done(Err(_))));
        }
    }
}
