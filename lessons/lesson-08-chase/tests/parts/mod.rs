//! The two parts that do no I/O: the chase along aliases, and the stack of walks.

use std::net::IpAddr;
use std::time::Duration;

use chase::{Chase, MAX_ALIASES, MAX_NESTING, Next, Routes, Stack};
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
fn an_alias_leads_to_the_next_walk() {
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
fn a_negative_answer_has_the_chain_that_leads_to_it() {
    let soa = record("test. 60 SOA ns.test. mail.test. 1 2 3 4 5");
    for (rcode, nxdomain) in [(Rcode::NXDOMAIN, true), (Rcode::NOERROR, false)] {
        let mut chase = Chase::new(question("a.test"));
        chase.handle_answer(Ok(alias("a.test.", "b.test.")));
        let negative = Negative {
            soa: Some(soa.clone()),
        };
        let answer = if nxdomain {
            Answer::NxDomain(negative)
        } else {
            Answer::NoData(negative)
        };
        let Next::End(resolution) = chase.handle_answer(Ok(answer)) else {
            panic!("that was the end")
        };
        assert_eq!((resolution.rcode, resolution.records.len()), (rcode, 1));
        assert_eq!(resolution.soa, Some(soa.clone()));
    }
}

/// RFC 6672 section 2.2.
#[test]
fn a_name_that_is_too_long_is_an_answer_too() {
    let mut chase = Chase::new(question("a.test"));
    chase.handle_answer(Ok(alias("a.test.", "b.old.test.")));
    let dname = record("old.test. 60 DNAME new.test.");
    let Next::End(resolution) = chase.handle_answer(Ok(Answer::NameTooLong(vec![dname]))) else {
        panic!("that was the end")
    };
    assert_eq!(
        (resolution.rcode, resolution.records.len(), resolution.soa),
        (Rcode::YXDOMAIN, 2, None)
    );
}

/// Returns the reason why a chase failed.
fn failure(next: Next) -> String {
    let Next::End(resolution) = next else {
        panic!("that was the end")
    };
    assert_eq!(resolution.rcode, Rcode::SERVFAIL);
    resolution.failure.unwrap().to_string()
}

#[test]
fn a_loop_closes_at_a_name_whose_alias_was_followed() {
    let mut chase = Chase::new(question("a.test"));
    chase.handle_answer(Ok(alias("a.test.", "b.test.")));
    let next = chase.handle_answer(Ok(alias("b.test.", "a.test.")));
    assert_eq!(failure(next), "the aliases loop back to a.test.");
}

#[test]
fn the_seventeenth_alias_is_one_too_many() {
    let mut chase = Chase::new(question("a0.test"));
    let mut follow = |n: usize| {
        chase.handle_answer(Ok(alias(
            &format!("a{n}.test."),
            &format!("a{}.test.", n + 1),
        )))
    };
    for n in 0..MAX_ALIASES {
        assert_eq!(follow(n), Next::Walk(question(&format!("a{}.test", n + 1))));
    }
    assert_eq!(
        failure(follow(MAX_ALIASES)),
        "more than 16 aliases; the last leads to a17.test."
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
    let mut chase = Chase::new(question("a0.test"));
    assert!(
        matches!(chase.handle_answer(Ok(answer(MAX_ALIASES))), Next::End(end) if end.failure.is_none())
    );
    let mut chase = Chase::new(question("a0.test"));
    assert_eq!(
        failure(chase.handle_answer(Ok(answer(MAX_ALIASES + 1)))),
        "more than 16 aliases; the last leads to a17.test."
    );
    let mut circle = chain(2);
    circle.push(record("a2.test. 60 CNAME a1.test."));
    let answer = Answer::Alias {
        records: circle,
        target: name("a1.test"),
    };
    assert_eq!(
        failure(Chase::new(question("a0.test")).handle_answer(Ok(answer))),
        "the aliases loop back to a1.test."
    );
}

/// To a query for CNAME, an alias is the answer, wherever it leads.
#[test]
fn a_query_for_cname_may_be_answered_by_a_loop() {
    let question = Question {
        qtype: RecordType::CNAME,
        ..question("me.test")
    };
    let answer = Answer::Positive(vec![record("me.test. 60 CNAME me.test.")]);
    let Next::End(resolution) = Chase::new(question).handle_answer(Ok(answer)) else {
        panic!("that was the answer")
    };
    assert_eq!((resolution.failure, resolution.records.len()), (None, 1));
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
    let Next::End(resolution) = chase.handle_answer(Ok(answer)) else {
        panic!("that was the answer")
    };
    let ttls: Vec<u32> = resolution.records.iter().map(|it| it.ttl).collect();
    assert_eq!(
        ttls,
        [57, 0, 60],
        "a second that has begun counts as a whole one"
    );
}

/// The CNAME that follows from a DNAME can be worked out, so that the server's need not be trusted.
#[test]
fn a_cname_has_to_follow_from_its_dname() {
    let with_dname = |cname: &str| {
        let records = vec![record("old.test. 60 DNAME new.test."), record(cname)];
        Chase::new(question("a.old.test")).handle_answer(Ok(Answer::Positive(records)))
    };
    let right = with_dname("a.old.test. 60 CNAME a.new.test.");
    assert!(matches!(right, Next::End(resolution) if resolution.failure.is_none()));
    let wrong = failure(with_dname("a.old.test. 60 CNAME b.new.test."));
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
        "no usable reply from the servers of test.: none has a known address"
    );
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

#[test]
fn a_server_is_looked_up_by_a_walk_on_top() {
    let mut stack = stack_from_root();
    assert!(stack.start_lookup(&name("ns.test"), root()));
    assert_eq!(
        (stack.depth(), stack.top().question().clone()),
        (1, question("ns.test"))
    );
    let answer = Answer::Positive(vec![
        record("ns.test. 60 A 192.0.2.7"),
        record("ns.test. 60 AAAA 2001:db8::7"),
    ]);
    assert_eq!(stack.finish_walk(Ok(answer)), None);
    assert_eq!(
        (stack.depth(), stack.top().question().clone()),
        (0, question("www.example"))
    );
}

/// A server's name must not be an alias (RFC 2181 section 10.3), even if the addresses of its
/// target are in the reply.
#[test]
fn the_addresses_of_an_alias_target_are_not_the_servers() {
    let mut stack = Stack::new(question("www.example"), glueless());
    assert!(stack.start_lookup(&name("ns.test"), root()));
    let answer = Answer::Positive(vec![
        record("ns.test. 60 CNAME host.test."),
        record("host.test. 60 A 192.0.2.7"),
    ]);
    assert_eq!(stack.finish_walk(Ok(answer)), None);
    assert!(
        matches!(stack.step(), Step::Done(Err(_))),
        "{:?}",
        stack.step()
    );
}

#[test]
fn the_result_of_the_walk_at_the_bottom_is_returned() {
    let answer = || Answer::Positive(vec![record("www.example. 60 A 192.0.2.7")]);
    assert_eq!(
        stack_from_root().finish_walk(Ok(answer())),
        Some(Ok(answer()))
    );
}

#[test]
fn no_name_is_looked_up_within_its_own_lookup() {
    let mut stack = stack_from_root();
    assert!(
        !stack.start_lookup(&name("www.example"), root()),
        "the search itself is for that name"
    );
    assert!(stack.start_lookup(&name("ns.test"), root()));
    assert!(
        !stack.start_lookup(&name("NS.test"), root()),
        "case makes no difference"
    );
    assert_eq!(stack.depth(), 1);
}

#[test]
fn at_most_eight_walks_are_nested() {
    let mut stack = stack_from_root();
    for n in 0..MAX_NESTING {
        assert!(
            stack.start_lookup(&name(&format!("ns{n}.test")), root()),
            "{n}"
        );
    }
    assert!(!stack.start_lookup(&name("ns.too.deep"), root()));
    assert_eq!(stack.depth(), MAX_NESTING);
}

/// A server that is not looked up counts as one without addresses.
#[test]
fn a_walk_goes_on_without_a_name_that_is_not_looked_up() {
    let mut stack = Stack::new(question("www.example"), glueless());
    assert_eq!(stack.step(), Step::AddressOf(vec![name("ns.test")]));
    assert!(stack.start_lookup(&name("ns.test"), glueless()));
    assert_eq!(
        stack.step(),
        Step::AddressOf(vec![name("ns.test")]),
        "the walk on top needs it as well"
    );
    assert!(!stack.start_lookup(&name("ns.test"), glueless()));
    assert!(
        matches!(stack.step(), Step::Done(Err(_))),
        "{:?}",
        stack.step()
    );
}

#[test]
fn a_server_without_a_records_is_looked_up_by_aaaa() {
    let v6: IpAddr = "2001:db8::7".parse().unwrap();
    let no_data = || Ok(Answer::NoData(Negative { soa: None }));
    for ipv6 in [true, false] {
        let mut stack = Stack::new(question("www.example"), glueless());
        stack.routes = Routes { ipv4: true, ipv6 };
        assert!(stack.start_lookup(&name("ns.test"), root()));
        assert_eq!(stack.finish_walk(no_data()), None);
        if ipv6 {
            assert_eq!(stack.step(), Step::AddressOf(vec![name("ns.test")]));
            assert!(stack.start_lookup(&name("ns.test"), root()));
            assert_eq!(stack.top().question().qtype, RecordType::AAAA);
            let answer = Answer::Positive(vec![record("ns.test. 60 AAAA 2001:db8::7")]);
            assert_eq!(stack.finish_walk(Ok(answer)), None);
            assert_eq!(stack.step(), Step::Ask(vec![v6]));
        } else {
            assert!(matches!(stack.step(), Step::Done(Err(_))));
        }
    }
}
