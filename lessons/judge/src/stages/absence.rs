//! `absence`: negative answers are cached for the time that the SOA record of the zone gives (RFC
//! 2308).

use std::thread::sleep;
use std::time::Duration;

use dnsparse::{DnsPacket, Name, Rdata, RecordType};

use crate::outcome::StageError;
use crate::response::Response;
use crate::server_run::ServerRun;
use crate::text::count_of;
use crate::trial::Trial;

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let mut run = ServerRun::start(trial)?;
    let nosuch = run.name("<nothing>.<shop>.<tld>");
    let www = run.name("<www>.<shop>.<tld>");
    check_cached(&mut run, &nosuch, RecordType::A, "NXDOMAIN is cached")?;
    check_cached(&mut run, &www, RecordType::TXT, "NODATA is cached")?;
    let rule = "NODATA is cached for its type alone";
    run.expect_correct_answer(rule, &www, RecordType::A, "RFC 2308 section 5")?;
    check_expiry(&mut run)
}

fn check_cached(
    run: &mut ServerRun,
    qname: &Name,
    qtype: RecordType,
    rule: &str,
) -> Result<(), StageError> {
    let rfc = "RFC 2308 section 5";
    let (response, reply) = run.expect_correct_answer(
        "a negative answer is passed on",
        qname,
        qtype,
        "RFC 2308 section 2",
    )?;
    // The zone's MINIMUM is 300.
    check_soa(run, &response, &reply, 240..=300)?;
    sleep(Duration::from_millis(2_100));
    let before = run.internet.query_count(Some(qname), None);
    let (response, reply) = run.expect_correct_answer(rule, qname, qtype, rfc)?;
    let count = run.internet.query_count(Some(qname), None) - before;
    if count > 0 {
        let got = count_of(count, "upstream query");
        let shown = (&[qname][..], &response);
        return Err(run
            .needless_query(rule, "no upstream query", got, rfc, shown)
            .into());
    }
    check_soa(run, &response, &reply, 240..=298)
}

/// A negative answer has the zone's SOA in its authority section; the TTL of the SOA is the time
/// for which the answer may be cached.
fn check_soa(
    run: &mut ServerRun,
    response: &Response,
    reply: &DnsPacket,
    ttl: std::ops::RangeInclusive<u32>,
) -> Result<(), StageError> {
    let soas: Vec<_> = reply
        .authorities
        .iter()
        .filter(|record| matches!(record.rdata, Rdata::Soa(_)))
        .collect();
    let (low, high) = (ttl.start(), ttl.end());
    let expected = format!("one SOA record, with a TTL from {low} to {high}");
    let rule = "a negative answer holds the zone's SOA with its remaining TTL";
    let got = match soas.as_slice() {
        [] => "no SOA record in the authority section".to_owned(),
        [soa] if ttl.contains(&soa.ttl) => return Ok(()),
        [soa] => format!("an SOA record with a TTL of {}", soa.ttl),
        more => format!("{} SOA records", more.len()),
    };
    Err(run
        .failure(rule, expected, got, "RFC 2308 section 3", response)
        .into())
}

/// Checks a zone whose SOA has a TTL of 60 and a MINIMUM of 2: the lesser one counts.
fn check_expiry(run: &mut ServerRun) -> Result<(), StageError> {
    let nosuch = run.name("<nothing>.<passing>.<tld>");
    let rfc = "RFC 2308 section 4";
    let (response, reply) = run.expect_correct_answer(
        "a negative answer with a short TTL is passed on",
        &nosuch,
        RecordType::A,
        rfc,
    )?;
    check_soa(run, &response, &reply, 1..=2)?;
    sleep(Duration::from_millis(3_100));
    let rule = "a negative answer is cached for the lesser of the SOA's TTL and MINIMUM";
    let before = run.internet.query_count(Some(&nosuch), None);
    let (response, _) = run.expect_correct_answer(rule, &nosuch, RecordType::A, rfc)?;
    if run.internet.query_count(Some(&nosuch), None) == before {
        let expected = "an upstream query after 3 s: MINIMUM is 2";
        let shown = ("passing", &nosuch, &response);
        return Err(run.missing_query(rule, expected, rfc, shown).into());
    }
    Ok(())
}
