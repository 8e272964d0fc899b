//! `caches`: the number of upstream queries, counted at the name servers. A cache shows in nothing
//! else.

use std::thread::sleep;
use std::time::Duration;

use dnsparse::{DnsPacket, Name, RecordType};

use crate::exchange::ReceivedQuery;
use crate::outcome::StageError;
use crate::response::Response;
use crate::server_run::ServerRun;
use crate::text::count_of;
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

/// Returns a name, and the names of the aliases that it leads to.
fn chain(run: &ServerRun, qname: &Name) -> Vec<Name> {
    let correct = run.internet.correct_answer(qname, RecordType::A);
    let owners = correct.answers.into_iter().map(|record| record.owner);
    let mut names: Vec<Name> = owners.chain([qname.clone()]).collect();
    names.sort();
    names.dedup();
    names
}

/// Sends a query; returns the reply, and the number of upstream queries for the name and the names
/// on its chain of aliases. Other upstream queries, such as prefetches, do not count.
fn counted(
    run: &mut ServerRun,
    rule: &str,
    qname: &Name,
    rfc: &'static str,
) -> Result<(Response, DnsPacket, usize), StageError> {
    let names = chain(run, qname);
    let count = |run: &ServerRun| -> usize {
        let names = names.iter();
        names
            .map(|name| run.internet.query_count(Some(name), None))
            .sum()
    };
    let before = count(run);
    let (response, reply) = run.expect_correct_answer(rule, qname, RecordType::A, rfc)?;
    Ok((response, reply, count(run) - before))
}

/// Sends a query that must be answered from the cache.
fn expect_cached(
    run: &mut ServerRun,
    rule: &str,
    qname: &Name,
    rfc: &'static str,
) -> Result<(Response, DnsPacket), StageError> {
    let (response, reply, count) = counted(run, rule, qname, rfc)?;
    if count == 0 {
        return Ok((response, reply));
    }
    let names = chain(run, qname);
    let names: Vec<&Name> = names.iter().collect();
    let (expected, got) = (
        count_of(0, "upstream query"),
        count_of(count, "upstream query"),
    );
    let shown = (names.as_slice(), &response);
    Err(run.needless_query(rule, &expected, got, rfc, shown).into())
}

fn repeated(run: &mut ServerRun, www: &Name, first: &DnsPacket) -> Result<(), StageError> {
    sleep(Duration::from_millis(2_100));
    let rule = "a repeated question is answered from the cache";
    let (response, second) = expect_cached(run, rule, www, "RFC 1034 section 5.3.1")?;
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
        let failure = run.failure(rule, expected, got, "RFC 1035 section 3.2.1", &response);
        let history = run.history(&[www], &response);
        return Err(failure.with_context(history).into());
    }
    Ok(())
}

fn in_other_case(run: &mut ServerRun) -> Result<(), StageError> {
    let name = run.filler.fill("<www>.<shop>.<tld>").to_uppercase();
    let name: Name = name.parse().unwrap_or_default();
    let rule = "the cache ignores the case of letters";
    expect_cached(run, rule, &name, "RFC 4343 section 3").map(drop)
}

/// Expects one upstream query: by now the delegations of the top-level domain and of the zone are
/// cached.
fn second_name(run: &mut ServerRun) -> Result<(), StageError> {
    let above = |run: &mut ServerRun| {
        let labels = ["root", "tld"].into_iter();
        labels
            .map(|label| run.internet.server_queries(label).len())
            .sum::<usize>()
    };
    let before = above(run);
    let name = run.name("<second>.<shop>.<tld>");
    let rule = "delegations are cached: a second name of the zone costs one upstream query";
    let rfc = "RFC 1034 section 5.3.3";
    let (response, _, _) = counted(run, rule, &name, rfc)?;
    let above_it = above(run) - before;
    let own = run.internet.server_queries("shop");
    let is_its = |query: &&ReceivedQuery| query.has_question(&name, Some(RecordType::A));
    let own = own.iter().filter(is_its).count();
    if above_it > 0 || own != 1 {
        let (own, above) = (
            count_of(own, "upstream query"),
            count_of(above_it, "upstream query"),
        );
        let got = format!("{own} to the zone's server, {above} to the servers above");
        let expected = "one upstream query to the zone's server, none to the servers above";
        let shown = (&[&name][..], &response);
        return Err(run.needless_query(rule, expected, got, rfc, shown).into());
    }
    Ok(())
}

fn aliases(run: &mut ServerRun) -> Result<(), StageError> {
    let rfc = "RFC 1034 section 3.6.2";
    let far = run.name("<far>.<shop>.<tld>");
    run.expect_correct_answer("an alias is followed", &far, RecordType::A, rfc)?;
    let rule = "an alias and its target are both cached";
    expect_cached(run, rule, &far, rfc).map(drop)
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
        let shown = ("shop", qname, &response);
        return Err(run.missing_query(rule, expected, rfc, shown).into());
    }
    Ok(())
}
