//! Limits that are reached in uneven steps: the budget where queries count twice, names that a
//! DNAME makes too long, servers with no address of either type.

use chase::{BUDGET, Chase, Next, Routes, Stack};
use dnsparse::{Class, Name, Question, Rcode, Record, RecordType};
use iterate::Step;
use lab::{repeat, replies};
use network::Via;
use referral::{Answer, Delegation, NameServer, Negative};

use crate::{SUMMIT, resolve, tell, uphill};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn question(qname: &str) -> Question {
    Question {
        qname: name(qname),
        qtype: RecordType::A,
        qclass: Class::IN,
    }
}

/// A query that is repeated over TCP counts twice, so that the number of queries jumps from 99 to
/// 101. Each level costs four such queries, and eight others.
#[tokio::test(start_paused = true)]
async fn queries_over_tcp_do_not_get_past_the_budget() {
    let lab = uphill();
    for n in 100..104 {
        let server = format!("192.0.2.{n}:53").parse().unwrap();
        lab.script(server, Via::Udp, [repeat(replies().truncated())]);
        let refuses = replies().with_rcode(Rcode::REFUSED);
        lab.script(server, Via::Tcp, [repeat(refuses)]);
    }
    let (resolution, _) = resolve(&lab, SUMMIT).await;
    assert_eq!(
        tell(&resolution),
        "SERVFAIL\nno answer after 101 upstream queries",
        "{SUMMIT} A, where 4 of 12 servers of each zone truncate their replies over UDP; {} queries \
         were sent, and the budget is {BUDGET}",
        lab.queries().len()
    );
}

/// Passes a DNAME and a CNAME to a chase, and writes how the search ends.
fn synthesized(dname: &str, cname: &str) -> String {
    let records: Vec<Record> = [dname, cname].map(|text| text.parse().unwrap()).to_vec();
    let owner = records[1].owner.to_string();
    let next = Chase::new(question(&owner)).handle_answer(Ok(Answer::Positive(records)));
    match next {
        Next::Walk(question) => format!("goes on with {}", question.qname),
        Next::End(resolution) => tell(&resolution),
    }
}

/// Names compare without regard to case: the server may write the target in its own.
#[test]
fn a_cname_follows_from_its_dname_in_any_case() {
    insta::assert_snapshot!(
        synthesized("Old.test. 60 DNAME new.test.", "A.old.TEST. 60 CNAME a.NEW.Test."),
        @r"
    NOERROR
    Old.test. 60 IN DNAME new.test.
    A.old.TEST. 60 IN CNAME a.NEW.Test.
    "
    );
}

/// The target would have more than 255 octets, so that no CNAME at all follows from the DNAME (RFC
/// 6672 section 2.2): the one that is there leads to a name of the server's choice.
#[test]
fn no_cname_follows_from_a_dname_that_makes_the_name_too_long() {
    let (owner, target) = ("o".repeat(60), "t".repeat(63));
    let dname = format!("old.test. 60 DNAME {target}.{target}.new.test.");
    let cname = format!("{owner}.{owner}.a.old.test. 60 CNAME www.evil.test.");
    let end = synthesized(&dname, &cname).replace(&owner, "(60 octets)");
    insta::assert_snapshot!(end, @r"
    SERVFAIL
    the CNAME of (60 octets).(60 octets).a.old.test. does not follow from the DNAME that came with it (RFC 6672 section 3.1)
    ");
}

/// Makes a stack whose walk at the bottom needs the address of `ns.test`, on a machine with IPv4
/// and IPv6.
fn stack() -> Stack {
    let server = NameServer {
        name: name("ns.test"),
        addresses: Vec::new(),
    };
    let delegation = Delegation {
        zone: name("example"),
        ttl: 60,
        servers: vec![server],
    };
    let mut stack = Stack::new(question("www.example"), delegation);
    stack.routes = Routes {
        ipv4: true,
        ipv6: true,
    };
    stack
}

/// Looks up the servers that a stack needs, each time with the next of these results, and writes
/// each lookup and what the stack needs in the end.
fn looked_up(results: &[Answer]) -> String {
    let (mut stack, mut lines) = (stack(), String::new());
    for result in results {
        let Step::AddressOf(servers) = stack.step() else {
            break;
        };
        let root = Delegation {
            zone: Name::ROOT,
            ttl: 60,
            servers: Vec::new(),
        };
        stack.start_lookup(&servers[0], root);
        let Question { qname, qtype, .. } = stack.top().question().clone();
        let shown = match result {
            Answer::NoData(_) => "no data",
            Answer::NxDomain(_) => "no such name",
            _ => "records",
        };
        lines += &format!("lookup of {qname} {qtype}: {shown}\n");
        let end = stack.finish_walk(Ok(result.clone()));
        assert!(end.is_none(), "the lookup ended the whole search\n{lines}");
    }
    let step = match stack.step() {
        Step::Ask(servers) => format!("query {}", servers[0]),
        Step::AddressOf(servers) => format!("look up {}", servers[0]),
        Step::Done(Ok(_)) => "done".to_owned(),
        Step::Done(Err(failure)) => format!("failed: {failure}"),
    };
    lines + "→ " + &step
}

#[test]
fn a_server_without_any_address_is_looked_up_twice_and_no_more() {
    let no_data = || Answer::NoData(Negative { soa: None });
    insta::assert_snapshot!(looked_up(&[no_data(), no_data(), no_data(), no_data()]), @r"
    lookup of ns.test. A: no data
    lookup of ns.test. AAAA: no data
    → failed: no usable reply from the servers of example.: none has a known address
    ");
}

/// The name does not exist, so that it has no records of any type (RFC 8020).
#[test]
fn a_server_that_does_not_exist_is_looked_up_once() {
    let nxdomain = || Answer::NxDomain(Negative { soa: None });
    insta::assert_snapshot!(looked_up(&[nxdomain(), nxdomain()]), @r"
    lookup of ns.test. A: no such name
    → failed: no usable reply from the servers of example.: none has a known address
    ");
}
