//! `dead`: zones of which one server is not there, does not care, or keeps silent, and one of which all do.
//!
//! How long an asker has to wait for a zone with a dead server, no RFC says, and those resolvers that are in use take from nothing to
//! some ten seconds. So the judge asks as patiently as dig does: three times, five seconds each.

use std::thread;
use std::time::Duration;

use dnsparse::{Rcode, RecordType};
use network::Via;
use rand::RngExt;

use crate::ask::{ask, question};
use crate::outcome::Stop;
use crate::served::{PATIENCE, Served};
use crate::trial::Trial;

/// Of two servers one is asked first; which, is chance. After so many names the bad one has been, in all but one run of 250.
const NAMES: usize = 8;

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let mut served = Served::start(trial)?;
    one_of_two(
        &mut served,
        "closed",
        "a server that is not there is passed over",
    )?;
    one_of_two(
        &mut served,
        "lame",
        "a server that does not want to answer is passed over",
    )?;
    one_of_two(
        &mut served,
        "silent",
        "a server that says nothing is passed over",
    )?;
    all(&mut served)
}

fn one_of_two(served: &mut Served, zone: &str, promise: &str) -> Result<(), Stop> {
    let label: u32 = served.filler.random().random();
    for number in 0..NAMES {
        let name = served.name(&format!("h{label}-{number}.<{zone}>.<tld>"));
        let asked = served.ask_patiently(&name, RecordType::A);
        served.is_truth(promise, asked, &name, RecordType::A, "RFC 1035 section 7.2")?;
    }
    Ok(())
}

/// A zone all of whose servers keep silent: while some wait for it, others are answered, and nobody is told a lie.
fn all(served: &mut Served) -> Result<(), Stop> {
    let (gone, www) = (
        served.name("<www>.<gone>.<tld>"),
        served.name("<www>.<shop>.<tld>"),
    );
    let query = question(served.filler.random(), &gone, RecordType::A);
    let query = query.write().unwrap_or_default();
    let address = served.program.address;
    let waiting = thread::spawn(move || ask(address, Via::Udp, &query, PATIENCE));
    // So that it is under way when the other comes.
    thread::sleep(Duration::from_millis(200));
    let rfc = "RFC 1035 section 7.2";
    let promise = "while one question waits for a dead zone, another is answered";
    served.expect_truth(promise, &www, RecordType::AAAA, rfc)?;
    let asked = waiting
        .join()
        .map_err(|_| Stop::unjudged("a part of the judge crashed"))?;
    match asked.packet() {
        Some(reply) if reply.rcode() != Rcode::SERVFAIL => {
            let promise = "that nobody answers for a zone is a failure, and no answer";
            Err(served
                .failure(
                    promise,
                    "SERVFAIL, or nothing yet",
                    asked.in_short(),
                    rfc,
                    &asked,
                )
                .into())
        }
        _ => Ok(()),
    }
}
