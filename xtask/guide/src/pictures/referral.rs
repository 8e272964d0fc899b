//! A referral: the zone cut, the name servers below it, and their glue.

use crate::draw::{Anchor, Picture, WIDTH, fit};
use anyhow::{Context, Result, bail};
use dnsparse::{DnsPacket, Name, RecordType};
use lab::Lab;
use network::Via;
use referral::{ReplyKind, classify};

/// Draws the referral from uk to bbc.co.uk.
pub(crate) fn referral() -> Result<Picture> {
    let (lab, zone): (_, Name) = (Lab::internet(), "uk.".parse()?);
    let server = "nsa.nic.uk.";
    let address = lab.server(server).context("no such server")?;
    let query = DnsPacket::query(0x1c8b, "www.bbc.co.uk".parse()?, RecordType::A);
    let question = query.question().context("no question")?;
    let reply = lab.answer(address, Via::Udp, &query.write()?);
    let reply = DnsPacket::parse(&reply.context("no reply")?)?;
    let ReplyKind::Referral(to) = classify(&reply, question, &zone) else {
        bail!("{server} sent no referral: {reply:?}");
    };
    let with_glue = to.servers.iter().filter(|it| !it.addresses.is_empty());
    let with_glue: Vec<String> = with_glue.map(|it| it.name.to_string()).collect();
    let without = to.servers.iter().filter(|it| it.addresses.is_empty());
    let without: Vec<String> = without.map(|it| it.name.to_string()).collect();
    let mut picture = Picture::new(format!(
        "A referral from a server of {zone} to {}: below the zone cut it has {} name servers. {} comes with its addresses as glue. {} has none, since its name is in another zone, and has to be looked up.",
        to.zone,
        to.servers.len(),
        with_glue.join(", "),
        without.join(", "),
    ));
    picture.rectangle("header", (10, 10), (WIDTH - 20, 48));
    picture.text("bold", (20, 30), Anchor::Start, format!("zone {zone}"));
    picture.text(
        "quiet",
        (20, 48),
        Anchor::Start,
        format!(
            "{server} is asked for {} {}",
            question.qname, question.qtype
        ),
    );
    picture.line("bad dashed", (10, 78), (WIDTH - 10, 78));
    picture.text("bad", (WIDTH - 14, 94), Anchor::End, "zone cut");
    picture.text("bold", (20, 96), Anchor::Start, format!("zone {}", to.zone));
    picture.arrow("link", (240, 58), (240, 104));
    picture.text("quiet small", (20, 116), Anchor::Start, "authority section");
    picture.text(
        "quiet small",
        (280, 116),
        Anchor::Start,
        "additional section: glue",
    );
    let mut y = 124;
    for server in &to.servers {
        let top = y;
        let rows = i32::try_from(server.addresses.len().max(1)).unwrap_or(1);
        picture.rectangle("authority", (10, top), (216, 22 + 24 * (rows - 1)));
        picture.text(
            "text",
            (18, top + 16),
            Anchor::Start,
            fit(&format!("NS {}", server.name), 204),
        );
        for address in &server.addresses {
            let rtype = if address.is_ipv4() { "A" } else { "AAAA" };
            picture.arrow("good", (226, y + 11), (276, y + 11));
            picture.rectangle("additional", (280, y), (WIDTH - 290, 22));
            picture.text(
                "text",
                (288, y + 16),
                Anchor::Start,
                fit(&format!("{rtype} {address}"), WIDTH - 300),
            );
            y += 24;
        }
        if server.addresses.is_empty() {
            picture.text(
                "bad",
                (236, y + 16),
                Anchor::Start,
                "no glue: looked up first",
            );
            y += 24;
        }
        y += 8;
    }
    Ok(picture)
}
