//! `absence`: that there is nothing is worth remembering too, with the SOA that says for how long (RFC 2308).

use std::thread::sleep;
use std::time::Duration;

use dnsparse::{DnsPacket, Name, Rdata, RecordType};

use crate::ask::Asked;
use crate::outcome::{Failure, Stop};
use crate::served::Served;
use crate::trial::Trial;

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let mut served = Served::start(trial)?;
    let nothing = served.name("<nothing>.<shop>.<tld>");
    let www = served.name("<www>.<shop>.<tld>");
    remembered(
        &mut served,
        &nothing,
        RecordType::A,
        "that a name does not exist is remembered",
    )?;
    remembered(
        &mut served,
        &www,
        RecordType::TXT,
        "that a name has no such records is remembered",
    )?;
    let promise = "another type of a name that has none of the one is asked for";
    served.expect_truth(promise, &www, RecordType::A, "RFC 2308 section 5")?;
    no_longer_than_told(&mut served)
}

fn remembered(
    served: &mut Served,
    qname: &Name,
    qtype: RecordType,
    promise: &str,
) -> Result<(), Stop> {
    let rfc = "RFC 2308 section 5";
    let (asked, reply) = served.expect_truth(
        "there is nothing, and it says so",
        qname,
        qtype,
        "RFC 2308 section 2",
    )?;
    // The zone's minimum is 300.
    soa_is_right(served, &asked, &reply, 240..=300)?;
    sleep(Duration::from_millis(2_100));
    let before = served.world.times_asked(Some(qname), None);
    let (asked, reply) = served.expect_truth(promise, qname, qtype, rfc)?;
    let count = served.world.times_asked(Some(qname), None) - before;
    if count > 0 {
        let got = format!("{count} questions to other servers");
        return Err(Failure::new(promise, "no question to anybody", got, rfc)
            .with(asked.messages())
            .with(served.world.messages_about(qname))
            .into());
    }
    soa_is_right(served, &asked, &reply, 240..=298)
}

/// A reply that says "nothing" has the zone's SOA in its authority section, and its TTL says for how long that holds.
fn soa_is_right(
    served: &mut Served,
    asked: &Asked,
    reply: &DnsPacket,
    ttl: std::ops::RangeInclusive<u32>,
) -> Result<(), Stop> {
    let soas: Vec<_> = reply
        .authorities
        .iter()
        .filter(|record| matches!(record.rdata, Rdata::Soa(_)))
        .collect();
    let (low, high) = (ttl.start(), ttl.end());
    let expected = format!("a SOA record, with a TTL from {low} to {high}");
    let promise = "who is told that there is nothing is told for how long";
    let got = match soas.as_slice() {
        [] => "none".to_owned(),
        [soa] if ttl.contains(&soa.ttl) => return Ok(()),
        [soa] => format!("a TTL of {}", soa.ttl),
        more => format!("{} of them", more.len()),
    };
    Err(served
        .failure(promise, expected, got, "RFC 2308 section 3", asked)
        .into())
}

/// A zone whose SOA has a TTL of 60 and a minimum of 2: the lesser one counts.
fn no_longer_than_told(served: &mut Served) -> Result<(), Stop> {
    let nothing = served.name("<nothing>.<passing>.<tld>");
    let rfc = "RFC 2308 section 4";
    let (asked, reply) = served.expect_truth(
        "there is nothing there either",
        &nothing,
        RecordType::A,
        rfc,
    )?;
    soa_is_right(served, &asked, &reply, 1..=2)?;
    sleep(Duration::from_millis(3_100));
    let promise = "absence is remembered for the lesser of the SOA's TTL and its minimum";
    let before = served.world.times_asked(Some(&nothing), None);
    let (asked, _) = served.expect_truth(promise, &nothing, RecordType::A, rfc)?;
    if served.world.times_asked(Some(&nothing), None) == before {
        let expected = "a question to the zone's server after 3 s: the minimum is 2";
        let got = "none";
        return Err(served.failure(promise, expected, got, rfc, &asked).into());
    }
    Ok(())
}
