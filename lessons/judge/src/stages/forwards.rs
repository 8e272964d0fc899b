//! `forwards`: a test Internet whose root server has all records itself. A forwarder passes, and so
//! does a resolver. A server that begins as a forwarder passes this stage before it can walk.

use dnsparse::{DnsPacket, RecordType};
use network::Via;

use super::listens::questions;
use crate::outcome::StageError;
use crate::response::Response;
use crate::server_run::{REPLY_TIMEOUT, ServerRun};
use crate::stub::{send_query, stub_query};
use crate::test_internet::TestInternet;
use crate::trial::Trial;

const ROOT: &str = "
@                   SOA a.<roots>. host.<roots>. <n root> 1800 900 604800 3600
@                   NS  a.<roots>.
a.<roots>.          A   <@root>
<www>.<shop>.<tld>. A   <4 www>
<www>.<shop>.<tld>. A   <4 www too>
<www>.<shop>.<tld>. AAAA <6 www>
<www>.<shop>.<tld>. TXT \"<word>\" \"\" \"<another>\"
<shop>.<tld>.       MX  10 <mail>.<shop>.<tld>.
<shop>.<tld>.       MX  20 <mail>.<other>.
<odd>.<tld>.        TYPE65280 \\# 5 0102030405
<near>.<tld>.       CNAME <www>.<shop>.<tld>.
";

/// A name, a type, and the rule.
const QUESTIONS: [(&str, RecordType, &str); 9] = [
    (
        "<www>.<shop>.<tld>",
        RecordType::A,
        "an A query is answered",
    ),
    (
        "<www>.<shop>.<tld>",
        RecordType::AAAA,
        "a query for another type has its own answer",
    ),
    (
        "<www>.<shop>.<tld>",
        RecordType::TXT,
        "TXT strings are passed on unchanged, also an empty one",
    ),
    (
        "<shop>.<tld>",
        RecordType::MX,
        "records that hold names are passed on whole",
    ),
    (
        "<odd>.<tld>",
        RecordType(65_280),
        "records of an unknown type are passed on unchanged",
    ),
    (
        "<near>.<tld>",
        RecordType::A,
        "an alias is answered with the records of its target",
    ),
    (
        "<www>.<shop>.<tld>",
        RecordType::MX,
        "no records of the type: NOERROR without records (NODATA)",
    ),
    (
        "<tld>",
        RecordType::A,
        "an empty non-terminal exists: NODATA",
    ),
    (
        "<nothing>.<tld>",
        RecordType::A,
        "a name that does not exist: NXDOMAIN",
    ),
];

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let root = format!("$TTL 3600\n{}", trial.filler.fill(ROOT));
    let lab = lab::LabBuilder::new().zone(".", &root);
    let port = trial.settings.upstream_port;
    let internet = TestInternet::with_zones(lab, &mut trial.filler, port, &[])?;
    let mut run = ServerRun::within(trial, internet)?;
    for (name, qtype, rule) in QUESTIONS {
        let name = run.name(name);
        let rfc = "RFC 1034 section 4.3.1";
        let (response, reply) = run.expect_correct_answer(rule, &name, qtype, rfc)?;
        check_header(&mut run, &response, &reply)?;
    }
    case_of_the_qname(&mut run)
}

/// Checks id, QR, question, and the bits that a server copies or sets.
fn check_header(
    run: &mut ServerRun,
    response: &Response,
    reply: &DnsPacket,
) -> Result<(), StageError> {
    let query = DnsPacket::parse(&response.query).unwrap_or_default();
    let (header, sent) = (reply.header, query.header);
    let wrong = if header.id != sent.id {
        Some((
            "the reply has the id of the query",
            sent.id.to_string(),
            header.id.to_string(),
        ))
    } else if !header.qr {
        Some(("QR is 1 in a reply", "QR 1".to_owned(), "QR 0".to_owned()))
    } else if header.opcode != sent.opcode {
        Some((
            "the opcode is copied from the query",
            sent.opcode.to_string(),
            header.opcode.to_string(),
        ))
    } else if header.rd != sent.rd {
        Some((
            "RD is copied from the query",
            "RD 1".to_owned(),
            "RD 0".to_owned(),
        ))
    } else if header.z {
        Some(("Z is 0 in a reply", "Z 0".to_owned(), "Z 1".to_owned()))
    } else if reply.questions != query.questions {
        Some((
            "the reply repeats the question",
            questions(&query),
            questions(reply),
        ))
    } else {
        None
    };
    match wrong {
        None => Ok(()),
        Some((rule, expected, got)) => Err(run
            .failure(rule, expected, got, "RFC 1035 section 4.1.1", response)
            .into()),
    }
}

/// Clients mix the case of the qname to make forgeries harder, and compare it with the reply's.
fn case_of_the_qname(run: &mut ServerRun) -> Result<(), StageError> {
    let name = run.filler.fill("<www>.<shop>.<tld>");
    let mixed: String = name
        .char_indices()
        .map(|(index, letter)| {
            if index % 2 == 0 {
                letter.to_ascii_uppercase()
            } else {
                letter
            }
        })
        .collect();
    let qname = mixed.parse().unwrap_or_default();
    let query = stub_query(run.filler.random(), &qname, RecordType::A);
    let response = send_query(
        run.server.address,
        Via::Udp,
        &query.write().unwrap_or_default(),
        REPLY_TIMEOUT,
    );
    let echoed = response
        .packet()
        .and_then(|reply| Some(reply.question()?.qname.to_string()));
    if echoed == Some(qname.to_string()) {
        return Ok(());
    }
    let got = match (echoed, response.packet()) {
        (Some(qname), _) => qname,
        (None, Some(reply)) => questions(&reply),
        (None, None) => response.summary(),
    };
    let rule = "the reply repeats the question with the case of each letter";
    Err(run
        .failure(rule, qname, got, "RFC 5452 section 9.1", &response)
        .into())
}
