//! `forwards`: a world in which the server of the hints knows everything itself. A server that only hands questions on and replies
//! back is right here, and so is one that walks; whoever starts with a forwarder sees it green before there is any walking.

use dnsparse::{DnsPacket, RecordType};
use network::Via;

use crate::ask::{Asked, ask, question};
use crate::outcome::Stop;
use crate::served::{PATIENCE, Served};
use crate::trial::Trial;
use crate::world::World;

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

/// A name, a type, and what is special about it.
const QUESTIONS: [(&str, RecordType, &str); 9] = [
    ("<www>.<shop>.<tld>", RecordType::A, "an address is found"),
    (
        "<www>.<shop>.<tld>",
        RecordType::AAAA,
        "another type is another question",
    ),
    (
        "<www>.<shop>.<tld>",
        RecordType::TXT,
        "texts come as they are, the empty one too",
    ),
    (
        "<shop>.<tld>",
        RecordType::MX,
        "records with names in them come whole",
    ),
    (
        "<odd>.<tld>",
        RecordType(65_280),
        "a type that nobody knows is handed on as it is",
    ),
    (
        "<near>.<tld>",
        RecordType::A,
        "an alias comes with what it leads to",
    ),
    (
        "<www>.<shop>.<tld>",
        RecordType::MX,
        "no records of the type: NOERROR, and none",
    ),
    (
        "<tld>",
        RecordType::A,
        "a name that has only others below it is there",
    ),
    (
        "<nothing>.<tld>",
        RecordType::A,
        "a name that is not there: NXDOMAIN",
    ),
];

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let root = format!("$TTL 3600\n{}", trial.filler.fill(ROOT));
    let world = lab::LabBuilder::new().zone(".", &root);
    let world = World::over(world, &mut trial.filler, trial.settings.upstream_port, &[])?;
    let mut served = Served::within(trial, world)?;
    for (name, qtype, promise) in QUESTIONS {
        let name = served.name(name);
        let rfc = "RFC 1034 section 4.3.1";
        let (asked, reply) = served.expect_truth(promise, &name, qtype, rfc)?;
        belongs(&mut served, &asked, &reply)?;
    }
    case_is_kept(&mut served)
}

/// Id, QR, question, and the bits that a server copies or sets.
fn belongs(served: &mut Served, asked: &Asked, reply: &DnsPacket) -> Result<(), Stop> {
    let query = DnsPacket::parse(&asked.query).unwrap_or_default();
    let (header, sent) = (reply.header, query.header);
    let wrong = if header.id != sent.id {
        Some((
            "the reply has the id of the query",
            sent.id.to_string(),
            header.id.to_string(),
        ))
    } else if !header.qr {
        Some((
            "a reply says that it is one",
            "QR 1".to_owned(),
            "QR 0".to_owned(),
        ))
    } else if header.opcode != sent.opcode {
        Some((
            "the opcode is copied",
            sent.opcode.to_string(),
            header.opcode.to_string(),
        ))
    } else if header.rd != sent.rd {
        Some(("RD is copied", "RD 1".to_owned(), "RD 0".to_owned()))
    } else if header.z {
        Some(("Z is zero", "Z 0".to_owned(), "Z 1".to_owned()))
    } else if reply.questions != query.questions {
        Some((
            "the question comes back with the reply",
            "1 question".to_owned(),
            format!("{} questions, or another one", reply.questions.len()),
        ))
    } else {
        None
    };
    match wrong {
        None => Ok(()),
        Some((promise, expected, got)) => Err(served
            .failure(promise, expected, got, "RFC 1035 section 4.1.1", asked)
            .into()),
    }
}

/// Who plays with the case of a name to make forging harder wants it back as it was.
fn case_is_kept(served: &mut Served) -> Result<(), Stop> {
    let name = served.filler.fill("<www>.<shop>.<tld>");
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
    let query = question(served.filler.random(), &qname, RecordType::A);
    let asked = ask(
        served.program.address,
        Via::Udp,
        &query.write().unwrap_or_default(),
        PATIENCE,
    );
    let echoed = asked
        .packet()
        .and_then(|reply| Some(reply.question()?.qname.to_string()));
    if echoed == Some(qname.to_string()) {
        return Ok(());
    }
    let got = echoed.unwrap_or_else(|| asked.in_short());
    let promise = "the question comes back letter for letter";
    Err(served
        .failure(promise, qname, got, "RFC 5452 section 9.1", &asked)
        .into())
}
