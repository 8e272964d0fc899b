//! `dead`: zones with one server that has a closed port, is lame, or never replies, and a zone
//! without any other.
//!
//! No RFC says how long a client waits for a zone with a dead server; resolvers in use take from
//! nothing to some ten seconds. So the judge waits as dig does: three times five seconds.

use std::thread;
use std::time::Duration;

use dnsparse::{Rcode, RecordType};
use network::Via;
use rand::RngExt;

use crate::answer::describe;
use crate::outcome::StageError;
use crate::server_run::{REPLY_TIMEOUT, ServerRun};
use crate::stub::{send_query, stub_query};
use crate::trial::Trial;

/// The number of names that are queried in each zone. A resolver may select either of two servers
/// first, at random: with 8 names it selects the bad one at least once in all but one run of 256.
const NAMES: usize = 8;

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let mut run = ServerRun::start(trial)?;
    one_of_two(&mut run, "closed", "a server with a closed port is skipped")?;
    one_of_two(&mut run, "lame", "a lame server (REFUSED) is skipped")?;
    one_of_two(&mut run, "silent", "a server that never replies is skipped")?;
    no_server(&mut run)
}

fn one_of_two(run: &mut ServerRun, zone: &str, rule: &str) -> Result<(), StageError> {
    let label: u32 = run.filler.random().random();
    for number in 0..NAMES {
        let name = run.name(&format!("h{label}-{number}.<{zone}>.<tld>"));
        let response = run.query_with_retries(&name, RecordType::A);
        run.check_answer(rule, response, &name, RecordType::A, "RFC 1035 section 7.2")?;
    }
    Ok(())
}

/// A zone without a server that replies: meanwhile other queries are answered, and the reply, if
/// there is one, is SERVFAIL.
fn no_server(run: &mut ServerRun) -> Result<(), StageError> {
    let (gone, www) = (
        run.name("<www>.<gone>.<tld>"),
        run.name("<www>.<shop>.<tld>"),
    );
    let query = stub_query(run.filler.random(), &gone, RecordType::A);
    let query = query.write().unwrap_or_default();
    let address = run.server.address;
    let waiting = thread::spawn(move || send_query(address, Via::Udp, &query, REPLY_TIMEOUT));
    // The first query is being resolved when the second one arrives.
    thread::sleep(Duration::from_millis(200));
    let rfc = "RFC 1035 section 7.2";
    let rule = "a query for a dead zone does not block another query";
    run.expect_correct_answer(rule, &www, RecordType::AAAA, rfc)?;
    let response = waiting
        .join()
        .map_err(|_| StageError::not_judged("a thread of the judge panicked"))?;
    match response.packet() {
        Some(reply) if reply.rcode() != Rcode::SERVFAIL => {
            let rule = "a zone without a working server is a resolution failure";
            Err(run
                .failure(
                    rule,
                    "SERVFAIL, or no reply yet",
                    describe(&reply),
                    rfc,
                    &response,
                )
                .into())
        }
        _ => Ok(()),
    }
}
