//! `caches`: the number of upstream queries, counted at the name servers. A cache shows in nothing
//! else.

use std::thread::sleep;
use std::time::Duration;

use dnsparse::{DnsPacket, Name, RecordType};

use crate::outcome::{Failure, StageError};
use crate::server_run::ServerRun;
use crate::stub::Response;
use crate::trial::Trial;

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let mut run = ServerRun::start(trial)?;
    let www = run.name("<www>.<shop>.<tld>");
    let (_, first) = run.expect_correct_answer(
        "a name is resolved",
        &www,
        RecordType::A,
        "RFC 1034 section 5.3.3",
    )?;
    repeated(&mut run, &www, &first)?;
    in_other_case(&mut run)?;
    second_name(&mut run)?;
    aliases(&mut run)?;
    short_ttl(&mut run)?;
    zero_ttl(&mut run)
}

/// Sends a query; returns the reply, and the number of upstream queries for the name and the names
/// on its chain of aliases. Other upstream queries, such as prefetches, do not count.
fn counted(
    run: &mut ServerRun,
    rule: &str,
    qname: &Name,
    rfc: &'static str,
) -> Result<(Response, DnsPacket, usize), StageError> {
    let correct = run.internet.correct_answer(qname, RecordType::A);
    let mut names: Vec<&Name> = correct.answers.iter().map(|record| &record.owner).collect();
    names.push(qname);
    names.sort();
    names.dedup();
    let count = |run: &ServerRun| -> usize {
        names
            .iter()
            .map(|name| run.internet.query_count(Some(name), None))
            .sum()
    };
    let before = count(run);
    let (response, reply) = run.expect_correct_answer(rule, qname, RecordType::A, rfc)?;
    Ok((response, reply, count(run) - before))
}

fn too_many(
    run: &ServerRun,
    rule: &str,
    expected: &str,
    count: usize,
    qname: &Name,
    response: &Response,
    rfc: &'static str,
) -> StageError {
    let got = format!("{count} upstream queries");
    Failure::new(rule, expected, got, rfc)
        .with_messages(response.messages())
        .with_messages(run.internet.messages_about(qname))
        .into()
}

fn repeated(run: &mut ServerRun, www: &Name, first: &DnsPacket) -> Result<(), StageError> {
    sleep(Duration::from_millis(2_100));
    let rule = "a repeated question is answered from the cache";
    let rfc = "RFC 1034 section 5.3.1";
    let (response, second, count) = counted(run, rule, www, rfc)?;
    if count > 0 {
        return Err(too_many(
            run,
            rule,
            "no upstream query",
            count,
            www,
            &response,
            rfc,
        ));
    }
    let ttl = |packet: &DnsPacket| {
        packet
            .answers
            .iter()
            .map(|record| record.ttl)
            .min()
            .unwrap_or(0)
    };
    let (before, after) = (ttl(first), ttl(&second));
    if after >= before || before - after > 60 {
        let rule = "the TTL of a cached record is reduced by its age";
        let expected = format!("a TTL of {}, or a little less", before.saturating_sub(2));
        let got = format!("a TTL of {after}, two seconds after a TTL of {before}");
        return Err(run
            .failure(rule, expected, got, "RFC 1035 section 3.2.1", &response)
            .into());
    }
    Ok(())
}

fn in_other_case(run: &mut ServerRun) -> Result<(), StageError> {
    let name = run.filler.fill("<www>.<shop>.<tld>").to_uppercase();
    let name: Name = name.parse().unwrap_or_default();
    let rule = "the cache ignores the case of letters";
    let rfc = "RFC 4343 section 3";
    let (response, _, count) = counted(run, rule, &name, rfc)?;
    match count {
        0 => Ok(()),
        _ => Err(too_many(
            run,
            rule,
            "no upstream query",
            count,
            &name,
            &response,
            rfc,
        )),
    }
}

/// Expects one upstream query: by now the delegations of the top-level domain and of the zone are
/// cached.
fn second_name(run: &mut ServerRun) -> Result<(), StageError> {
    let (root, tld) = (
        run.internet.server_query_count("root"),
        run.internet.server_query_count("tld"),
    );
    let name = run.name("<second>.<shop>.<tld>");
    let rule = "delegations are cached: a second name of the zone costs one upstream query";
    let rfc = "RFC 1034 section 5.3.3";
    let (response, _, _) = counted(run, rule, &name, rfc)?;
    let above = run.internet.server_query_count("root") - root
        + run.internet.server_query_count("tld")
        - tld;
    let own = run.internet.query_count(Some(&name), Some(RecordType::A));
    if above > 0 || own != 1 {
        let got =
            format!("{own} to the zone's server, {above} to the root and the top-level domain");
        let expected = "one upstream query to the zone's server, none to the servers above";
        return Err(Failure::new(rule, expected, got, rfc)
            .with_messages(response.messages())
            .with_messages(run.internet.messages_about(&name))
            .into());
    }
    Ok(())
}

fn aliases(run: &mut ServerRun) -> Result<(), StageError> {
    let rfc = "RFC 1034 section 3.6.2";
    let far = run.name("<far>.<shop>.<tld>");
    run.expect_correct_answer("an alias is followed", &far, RecordType::A, rfc)?;
    let rule = "an alias and its target are both cached";
    let (response, _, count) = counted(run, rule, &far, rfc)?;
    match count {
        0 => Ok(()),
        _ => Err(too_many(
            run,
            rule,
            "no upstream query",
            count,
            &far,
            &response,
            rfc,
        )),
    }
}

/// Expects an upstream query after a TTL of two seconds.
fn short_ttl(run: &mut ServerRun) -> Result<(), StageError> {
    let brief = run.name("<brief>.<shop>.<tld>");
    let rfc = "RFC 1035 section 3.2.1";
    run.expect_correct_answer(
        "a record with a TTL of 2 is resolved",
        &brief,
        RecordType::A,
        rfc,
    )?;
    sleep(Duration::from_millis(3_100));
    let rule = "a record with a TTL of 2 is queried again after 3 seconds";
    expect_upstream_query(run, rule, &brief)
}

/// Expects an upstream query for a record with a TTL of 0, which holds for one answer alone.
fn zero_ttl(run: &mut ServerRun) -> Result<(), StageError> {
    let fleeting = run.name("<fleeting>.<shop>.<tld>");
    let rule = "a record with a TTL of 0 is not cached";
    run.expect_correct_answer(rule, &fleeting, RecordType::A, "RFC 1035 section 3.2.1")?;
    sleep(Duration::from_millis(1_100));
    expect_upstream_query(run, rule, &fleeting)
}

fn expect_upstream_query(run: &mut ServerRun, rule: &str, qname: &Name) -> Result<(), StageError> {
    let rfc = "RFC 1035 section 3.2.1";
    let (response, _, count) = counted(run, rule, qname, rfc)?;
    if count == 0 {
        let expected = "an upstream query to the zone's server";
        return Err(run.failure(rule, expected, "none", rfc, &response).into());
    }
    Ok(())
}
