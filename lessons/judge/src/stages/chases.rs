//! `chases`: names that are other names, zones whose servers have to be found first, and both of them without an end.

use dnsparse::{Rcode, RecordType};
use network::Via;

use crate::outcome::Stop;
use crate::served::{PATIENCE, Served};
use crate::trial::Trial;

const QUESTIONS: [(&str, RecordType, &str, &str); 10] = [
    (
        "<near>.<shop>.<tld>",
        RecordType::A,
        "an alias within a zone is followed",
        "RFC 1034 section 3.6.2",
    ),
    (
        "<far>.<shop>.<tld>",
        RecordType::A,
        "an alias into another zone is followed",
        "RFC 1034 section 3.6.2",
    ),
    (
        "<one>.<shop>.<tld>",
        RecordType::A,
        "four aliases from zone to zone are followed",
        "RFC 1034 section 3.6.2",
    ),
    (
        "<far>.<shop>.<tld>",
        RecordType::CNAME,
        "who asks for the alias gets the alias",
        "RFC 1034 section 3.6.2",
    ),
    (
        "<lost>.<shop>.<tld>",
        RecordType::A,
        "an alias of nothing: NXDOMAIN, with the alias",
        "RFC 2308 section 2.1",
    ),
    (
        "<mute>.<shop>.<tld>",
        RecordType::AAAA,
        "an alias of a name without such records: NOERROR, with the alias",
        "RFC 2308 section 2.2",
    ),
    (
        "<cow>.<moved>.<shop>.<tld>",
        RecordType::A,
        "a whole tree that moved is found",
        "RFC 6672 section 3.2",
    ),
    (
        "<www>.<bank>.<tld>",
        RecordType::A,
        "a server without glue is looked up first",
        "RFC 1034 section 5.3.3",
    ),
    (
        "<www>.<vault>.<tld>",
        RecordType::A,
        "and so is one whose own zone has no glue either",
        "RFC 1034 section 5.3.3",
    ),
    (
        "<two>.<farm>.<other>",
        RecordType::A,
        "a chain can be entered in its middle",
        "RFC 1034 section 3.6.2",
    ),
];

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let mut served = Served::start(trial)?;
    for (name, qtype, promise, rfc) in QUESTIONS {
        let name = served.name(name);
        served.expect_truth(promise, &name, qtype, rfc)?;
    }
    endless(&mut served)
}

/// Two aliases of each other. Some say SERVFAIL, some hand out the circle; all come to an end.
fn endless(served: &mut Served) -> Result<(), Stop> {
    let name = served.name("<loop>.<shop>.<tld>");
    let asked = served.ask(Via::Udp, &name, RecordType::A, PATIENCE);
    let questions = served.world.times_asked(Some(&name), None);
    let promise = "aliases that go round in a circle come to an end";
    let rfc = "RFC 1034 section 3.6.2";
    let has_an_address = |reply: &dnsparse::DnsPacket| {
        reply.rcode() == Rcode::NXDOMAIN
            || reply
                .answers
                .iter()
                .any(|record| record.rtype() == RecordType::A)
    };
    let is_wrong = asked.packet().is_none_or(|reply| has_an_address(&reply));
    if is_wrong {
        let expected = "SERVFAIL, or the circle itself, and neither an address nor NXDOMAIN";
        return Err(served
            .failure(promise, expected, asked.in_short(), rfc, &asked)
            .into());
    }
    if questions > 20 {
        let got = format!("{questions} of them");
        return Err(served
            .failure(promise, "few questions to the zones", got, rfc, &asked)
            .into());
    }
    Ok(())
}
