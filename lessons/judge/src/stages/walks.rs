//! `walks`: from the root over a top-level domain to the zone, and what a resolver has to know about the servers on the way: who may
//! say what, that there is TCP, and that not everybody knows EDNS.

use std::collections::HashSet;
use std::net::SocketAddr;

use dnsparse::{DnsPacket, Header, RecordType};
use network::Via;

use crate::ask::{ask, question};
use crate::listen::Heard;
use crate::outcome::{Failure, Message, Side, Stop};
use crate::served::{PATIENCE, Served};
use crate::trial::Trial;

const QUESTIONS: [(&str, RecordType, &str, &str); 11] = [
    (
        "<www>.<shop>.<tld>",
        RecordType::A,
        "a name three steps below the root is found",
        "RFC 1034 section 5.3.3",
    ),
    (
        "<www>.<shop>.<tld>",
        RecordType::AAAA,
        "another type of the same name is found",
        "RFC 1034 section 5.3.3",
    ),
    (
        "<shop>.<tld>",
        RecordType::MX,
        "the beginning of a zone is found in the zone",
        "RFC 1034 section 4.2",
    ),
    (
        "<www>.<deep>.<shop>.<tld>",
        RecordType::A,
        "a zone within the zone is found",
        "RFC 1034 section 5.3.3",
    ),
    (
        "<any>.<wild>.<shop>.<tld>",
        RecordType::A,
        "what a wildcard stands for is found",
        "RFC 4592 section 2.1",
    ),
    (
        "<odd>.<shop>.<tld>",
        RecordType(65_280),
        "a type that nobody knows is found",
        "RFC 3597 section 3",
    ),
    (
        "<www>.<shop>.<tld>",
        RecordType::TXT,
        "no records of the type: NOERROR, and none",
        "RFC 2308 section 2.2",
    ),
    (
        "<twig>.<shop>.<tld>",
        RecordType::A,
        "a name that has only others below it is there",
        "RFC 8020 section 2",
    ),
    (
        "<nothing>.<shop>.<tld>",
        RecordType::A,
        "a name that is not there: NXDOMAIN",
        "RFC 2308 section 2.1",
    ),
    (
        "<nothing>.<tld>",
        RecordType::A,
        "nor is one that ends at the top-level domain",
        "RFC 2308 section 2.1",
    ),
    (
        "<www>.<nothing>",
        RecordType::A,
        "nor one that ends at the root",
        "RFC 2308 section 2.1",
    ),
];

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let mut served = Served::start(trial)?;
    for (name, qtype, promise, rfc) in QUESTIONS {
        let name = served.name(name);
        served.expect_truth(promise, &name, qtype, rfc)?;
    }
    header(&mut served)?;
    asks_plainly(&served)?;
    over_tcp(&mut served)?;
    without_edns(&mut served)?;
    is_not_lied_to(&mut served)?;
    too_long_for_udp(&mut served)
}

fn header(served: &mut Served) -> Result<(), Stop> {
    let name = served.name("<second>.<shop>.<tld>");
    let (asked, reply) = served.expect_truth(
        "a second name of the zone is found",
        &name,
        RecordType::A,
        "RFC 1034 section 5.3.3",
    )?;
    let Header { aa, ra, .. } = reply.header;
    let (promise, expected, got) = if !ra {
        ("who walks for others says so", "RA 1", "RA 0")
    } else if aa {
        (
            "what others are in charge of is not told as one's own",
            "AA 0",
            "AA 1",
        )
    } else {
        return Ok(());
    };
    Err(served
        .failure(promise, expected, got, "RFC 1035 section 4.1.1", &asked)
        .into())
}

/// The questions to other servers: RD clear, since they are asked for what they know, and ids that differ.
fn asks_plainly(served: &Served) -> Result<(), Stop> {
    let heard = served.world.heard();
    let is_desiring = |heard: &Heard| heard.query().is_some_and(|query| query.header.rd);
    if let Some(desiring) = heard.iter().find(|(_, heard)| is_desiring(heard)) {
        let promise = "other servers are asked for what they know, and not to walk";
        let failure = Failure::new(promise, "RD 0", "RD 1", "RFC 1034 section 4.3.1");
        return Err(failure.with([sent(desiring)]).into());
    }
    let ids: Vec<u16> = heard
        .iter()
        .filter_map(|(_, heard)| Some(heard.query()?.header.id))
        .collect();
    let (count, distinct) = (ids.len(), ids.iter().collect::<HashSet<_>>().len());
    let is_step =
        |pair: &[u16]| matches!(pair, [first, second] if second.wrapping_sub(*first) < 16);
    let in_steps = count > 5 && ids.windows(2).all(is_step);
    // By chance, two of a hundred ids are the same in one run of 14.
    if in_steps || distinct * 10 < count * 9 {
        let promise = "nobody can foresee the id of a question to another server";
        let how = if in_steps { ", in steps" } else { "" };
        let got = format!("{distinct} different ones in {count} questions{how}");
        let failure = Failure::new(promise, "random ids", got, "RFC 5452 section 9.2");
        return Err(failure.with(heard.iter().take(3).map(sent)).into());
    }
    Ok(())
}

/// A question of the program's as a message.
fn sent((server, heard): &(SocketAddr, Heard)) -> Message {
    Message {
        from: Side::Program,
        server: *server,
        via: heard.via,
        octets: heard.octets.clone(),
    }
}

fn over_tcp(served: &mut Served) -> Result<(), Stop> {
    let name = served.name("<www>.<short>.<other>");
    let promise = "a server that says TC is asked again by TCP";
    served
        .expect_truth(promise, &name, RecordType::A, "RFC 7766 section 5")
        .map(drop)
}

fn without_edns(served: &mut Served) -> Result<(), Stop> {
    let name = served.name("<www>.<plain>.<other>");
    let promise = "a server that knows no EDNS, and says FORMERR, is asked without";
    served
        .expect_truth(promise, &name, RecordType::A, "RFC 6891 section 7")
        .map(drop)
}

/// The server of `<liar>` says with each answer what the address of `<victim>.<shop>.<tld>` is. It is not in charge of that.
fn is_not_lied_to(served: &mut Served) -> Result<(), Stop> {
    let rfc = "RFC 5452 section 6";
    let bait = served.name("<www>.<liar>.<other>");
    let promise = "a server is believed only about what it is in charge of";
    let asked = served.ask(Via::Udp, &bait, RecordType::A, PATIENCE);
    let lie = served.filler.fill("<4 lie>");
    let repeats = |reply: &DnsPacket| {
        reply
            .records()
            .any(|record| record.rdata.to_string() == lie)
    };
    if asked.packet().is_some_and(|reply| repeats(&reply)) {
        let expected = format!("nothing of {lie}");
        return Err(served
            .failure(promise, expected, "the lie was handed on", rfc, &asked)
            .into());
    }
    let victim = served.name("<victim>.<shop>.<tld>");
    served
        .expect_truth(promise, &victim, RecordType::A, rfc)
        .map(drop)
}

/// An asker without EDNS takes 512 octets; what is longer is cut, TC is set, and by TCP all of it comes.
fn too_long_for_udp(served: &mut Served) -> Result<(), Stop> {
    let name = served.name("<long>.<shop>.<tld>");
    let mut query = question(served.filler.random(), &name, RecordType::TXT);
    query.edns = None;
    let query = query.write().unwrap_or_default();
    let asked = ask(served.program.address, Via::Udp, &query, PATIENCE);
    let rfc = "RFC 1035 section 4.2.1";
    let promise =
        "who says nothing of EDNS gets at most 512 octets by UDP, and TC where that is not all";
    let length = asked.reply.as_ref().map_or(0, Vec::len);
    let is_cut = asked.packet().is_some_and(|reply| reply.header.tc);
    if length == 0 || length > 512 || !is_cut {
        let got = format!("{length} octets, TC {}", u8::from(is_cut));
        return Err(served
            .failure(promise, "1 to 512 octets, TC 1", got, rfc, &asked)
            .into());
    }
    let whole = ask(served.program.address, Via::Tcp, &query, PATIENCE);
    let truth = served.world.truth(&name, RecordType::TXT);
    let wrong = match whole.packet() {
        Some(reply) => crate::answer::same_answer(&truth, &reply).err(),
        None => Some(whole.in_short()),
    };
    match wrong {
        None => Ok(()),
        Some(wrong) => {
            let promise = "what was cut over UDP comes whole over TCP";
            Err(served
                .failure(
                    promise,
                    "all of the records",
                    wrong,
                    "RFC 7766 section 5",
                    &whole,
                )
                .into())
        }
    }
}
