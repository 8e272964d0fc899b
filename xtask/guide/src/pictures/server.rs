//! The rules that a message passes in lesson 5's server, and the reply to one that breaks each.

use crate::draw::{Anchor, Picture, WIDTH, fit};
use crate::walk;
use anyhow::{Context, Result};
use dnsparse::{Class, DnsPacket, Edns, Name, Opcode, RecordType, Zone};
use network::Via;
use serve::Authority;
use serve::message_rules::respond;
use zone::ZoneTree;

const ZONE: &str = include_str!("../../../../lessons/lab/zones/example.com.zone");

/// Draws the rules from top to bottom, with the true reply to a message that breaks each of them.
pub(crate) fn rules() -> Result<Picture> {
    let zone = Zone::parse(ZONE, &"example.com.".parse::<Name>()?)?;
    let server = Authority::new([ZoneTree::new(&zone)?]);
    let runtime = walk::runtime()?;
    let mut picture = Picture::new(
        "The rules that a message passes in a server, one after the other, and the reply to a message that breaks one: none, FORMERR, NOTIMP, BADVERS or REFUSED. A query that passes all is answered from the zone, truncated if the answer is too long for UDP.",
    );
    picture.text("quiet", (20, 20), Anchor::Start, "a message arrives");
    picture.text("quiet", (WIDTH - 12, 20), Anchor::End, "otherwise");
    let mut y = 28;
    for (rule, message) in broken()? {
        let reply = runtime.block_on(respond(&server, &message, Via::Udp));
        let (class, text) = outcome(reply.as_deref())?;
        picture.arrow("link", (30, y), (30, y + 14));
        picture.rectangle("header", (10, y + 14), (300, 26));
        picture.text("text", (20, y + 31), Anchor::Start, fit(rule, 290));
        picture.arrow("bad", (310, y + 27), (346, y + 27));
        picture.text(class, (352, y + 31), Anchor::Start, fit(&text, WIDTH - 354));
        y += 40;
    }
    picture.arrow("link", (30, y), (30, y + 14));
    y += 14;
    let answers = [
        ("long.example.com.", RecordType::TXT),
        ("www.example.com.", RecordType::A),
    ];
    for (qname, qtype) in answers {
        let query = DnsPacket::query(7, qname.parse()?, qtype).write()?;
        let reply = runtime.block_on(respond(&server, &query, Via::Udp));
        let (class, text) = outcome(reply.as_deref())?;
        let shown = format!("the answer to {} {qtype}", qname.trim_end_matches('.'));
        picture.rectangle("answer", (10, y), (300, 26));
        picture.text("text", (20, y + 17), Anchor::Start, fit(&shown, 290));
        picture.arrow("good", (310, y + 13), (346, y + 13));
        picture.text(class, (352, y + 17), Anchor::Start, fit(&text, WIDTH - 354));
        y += 32;
    }
    Ok(picture)
}

/// Lists the rules in their order, each with a message that breaks it and none before it.
fn broken() -> Result<Vec<(&'static str, Vec<u8>)>> {
    let qname: Name = "www.example.com.".parse()?;
    let query = || DnsPacket::query(7, qname.clone(), RecordType::A);
    let with = |edit: fn(&mut DnsPacket)| -> Result<Vec<u8>> {
        let mut query = query();
        edit(&mut query);
        Ok(query.write()?)
    };
    let mut short = query().write()?;
    short.pop();
    let whole = query().write()?;
    let header = whole.get(..11).context("a query has a header")?.to_vec();
    Ok(vec![
        ("it has a header of 12 octets", header),
        (
            "QR is clear: it is a query",
            with(|it| it.header.qr = true)?,
        ),
        (
            "its opcode is QUERY",
            with(|it| it.header.opcode = Opcode::NOTIFY)?,
        ),
        ("all of it can be parsed", short),
        (
            "its version of EDNS is 0",
            with(|it| {
                it.edns = Some(Edns {
                    version: 1,
                    ..Edns::default()
                });
            })?,
        ),
        ("it has one question", with(|it| it.questions.clear())?),
        (
            "the class is IN",
            with(|it| it.questions.iter_mut().for_each(|it| it.qclass = Class::CH))?,
        ),
        (
            "no zone transfer (AXFR)",
            with(|it| {
                it.questions
                    .iter_mut()
                    .for_each(|it| it.qtype = RecordType::AXFR)
            })?,
        ),
        (
            "the name is in one of its zones",
            DnsPacket::query(7, "www.example.org.".parse()?, RecordType::A).write()?,
        ),
    ])
}

/// Returns the class and the text of a reply.
fn outcome(reply: Option<&[u8]>) -> Result<(&'static str, String)> {
    let Some(reply) = reply else {
        return Ok(("bad", "no reply".to_owned()));
    };
    let reply = DnsPacket::parse(reply)?;
    let records = crate::walk::fate::counted(reply.answers.len(), "record");
    Ok(match (reply.rcode(), reply.header.tc) {
        (dnsparse::Rcode::NOERROR, true) => ("quiet", format!("TC, {records}")),
        (dnsparse::Rcode::NOERROR, false) => ("good", format!("AA, {records}")),
        (rcode, _) => ("bad", rcode.to_string()),
    })
}
