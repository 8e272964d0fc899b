//! `caches`: how often other servers are asked, counted where they are asked. A cache shows in nothing else.

use std::thread::sleep;
use std::time::Duration;

use dnsparse::{DnsPacket, Name, RecordType};

use crate::ask::Asked;
use crate::outcome::{Failure, Stop};
use crate::served::Served;
use crate::trial::Trial;

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let mut served = Served::start(trial)?;
    let www = served.name("<www>.<shop>.<tld>");
    let (_, first) = served.expect_truth(
        "a name is found",
        &www,
        RecordType::A,
        "RFC 1034 section 5.3.3",
    )?;
    again(&mut served, &www, &first)?;
    in_other_letters(&mut served)?;
    known_zone(&mut served)?;
    aliases(&mut served)?;
    no_longer_than_told(&mut served)?;
    not_at_all(&mut served)
}

/// Asks, and counts the questions that this makes about the name or what it is an alias of. What else is asked meanwhile, for
/// the next time perhaps, is nobody's business.
fn counted(
    served: &mut Served,
    promise: &str,
    qname: &Name,
    rfc: &'static str,
) -> Result<(Asked, DnsPacket, usize), Stop> {
    let truth = served.world.truth(qname, RecordType::A);
    let mut names: Vec<&Name> = truth.answers.iter().map(|record| &record.owner).collect();
    names.push(qname);
    names.sort();
    names.dedup();
    let so_far = |served: &Served| -> usize {
        names
            .iter()
            .map(|name| served.world.times_asked(Some(name), None))
            .sum()
    };
    let before = so_far(served);
    let (asked, reply) = served.expect_truth(promise, qname, RecordType::A, rfc)?;
    Ok((asked, reply, so_far(served) - before))
}

fn too_many(
    served: &Served,
    promise: &str,
    expected: &str,
    count: usize,
    qname: &Name,
    asked: &Asked,
    rfc: &'static str,
) -> Stop {
    let got = format!("{count} questions to other servers");
    Failure::new(promise, expected, got, rfc)
        .with(asked.messages())
        .with(served.world.messages_about(qname))
        .into()
}

fn again(served: &mut Served, www: &Name, first: &DnsPacket) -> Result<(), Stop> {
    sleep(Duration::from_millis(2_100));
    let promise = "a question that was answered is answered from the cache";
    let rfc = "RFC 1034 section 5.3.1";
    let (asked, second, count) = counted(served, promise, www, rfc)?;
    if count > 0 {
        return Err(too_many(
            served,
            promise,
            "no question to anybody",
            count,
            www,
            &asked,
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
    let (was, is) = (ttl(first), ttl(&second));
    if is >= was || was - is > 60 {
        let promise = "what is told from the cache is told for as long as it still holds";
        let expected = format!("a TTL of {} or a little less", was.saturating_sub(2));
        let got = format!("a TTL of {is}, two seconds after it was {was}");
        return Err(served
            .failure(promise, expected, got, "RFC 1035 section 3.2.1", &asked)
            .into());
    }
    Ok(())
}

fn in_other_letters(served: &mut Served) -> Result<(), Stop> {
    let name = served.filler.fill("<www>.<shop>.<tld>").to_uppercase();
    let name: Name = name.parse().unwrap_or_default();
    let promise = "case makes no difference to the cache";
    let rfc = "RFC 4343 section 3";
    let (asked, _, count) = counted(served, promise, &name, rfc)?;
    match count {
        0 => Ok(()),
        _ => Err(too_many(
            served,
            promise,
            "no question to anybody",
            count,
            &name,
            &asked,
            rfc,
        )),
    }
}

/// Root and top-level domain are known by now, and who serves the zone is, too.
fn known_zone(served: &mut Served) -> Result<(), Stop> {
    let (root, tld) = (
        served.world.times_server_asked("root"),
        served.world.times_server_asked("tld"),
    );
    let name = served.name("<second>.<shop>.<tld>");
    let promise = "who serves a zone is remembered: its second name costs one question";
    let rfc = "RFC 1034 section 5.3.3";
    let (asked, _, _) = counted(served, promise, &name, rfc)?;
    let above = served.world.times_server_asked("root") - root
        + served.world.times_server_asked("tld")
        - tld;
    let own = served.world.times_asked(Some(&name), Some(RecordType::A));
    if above > 0 || own != 1 {
        let got = format!("{own} about the name, {above} to the root and the top-level domain");
        let expected = "one question to the zone's own server, none to those above";
        return Err(Failure::new(promise, expected, got, rfc)
            .with(asked.messages())
            .with(served.world.messages_about(&name))
            .into());
    }
    Ok(())
}

fn aliases(served: &mut Served) -> Result<(), Stop> {
    let rfc = "RFC 1034 section 3.6.2";
    let far = served.name("<far>.<shop>.<tld>");
    served.expect_truth("an alias is followed", &far, RecordType::A, rfc)?;
    let promise = "an alias and what it leads to are both remembered";
    let (asked, _, count) = counted(served, promise, &far, rfc)?;
    match count {
        0 => Ok(()),
        _ => Err(too_many(
            served,
            promise,
            "no question to anybody",
            count,
            &far,
            &asked,
            rfc,
        )),
    }
}

/// Two seconds, and no longer.
fn no_longer_than_told(served: &mut Served) -> Result<(), Stop> {
    let brief = served.name("<brief>.<shop>.<tld>");
    let rfc = "RFC 1035 section 3.2.1";
    served.expect_truth(
        "a name with a TTL of 2 is found",
        &brief,
        RecordType::A,
        rfc,
    )?;
    sleep(Duration::from_millis(3_100));
    let promise = "what has a TTL of 2 is asked for anew after 3 seconds";
    asked_anew(served, promise, &brief)
}

/// TTL 0: for this one answer, and not kept.
fn not_at_all(served: &mut Served) -> Result<(), Stop> {
    let fleeting = served.name("<fleeting>.<shop>.<tld>");
    let promise = "what has a TTL of 0 is answered, and not kept";
    served.expect_truth(promise, &fleeting, RecordType::A, "RFC 1035 section 3.2.1")?;
    sleep(Duration::from_millis(1_100));
    asked_anew(served, promise, &fleeting)
}

fn asked_anew(served: &mut Served, promise: &str, qname: &Name) -> Result<(), Stop> {
    let rfc = "RFC 1035 section 3.2.1";
    let (asked, _, count) = counted(served, promise, qname, rfc)?;
    if count == 0 {
        let expected = "a question to the zone's server";
        return Err(served
            .failure(promise, expected, "none", rfc, &asked)
            .into());
    }
    Ok(())
}
