//! A referral: the zone cut, the name servers below it, and their glue.

use crate::draw::{Anchor, Picture, WIDTH, fit};
use anyhow::{Context, Result, bail};
use dnsparse::{DnsPacket, Name, RecordType};
use lab::Lab;
use network::Via;
use referral::{NameServer, ReplyKind, classify};

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
    let (left, asked) = (
        Anchor::Start,
        format!("{} {}", question.qname, question.qtype),
    );
    picture.rectangle("header", (10, 10), (WIDTH - 20, 48));
    picture.text("bold", (20, 30), left, format!("zone {zone}"));
    picture.text(
        "quiet",
        (20, 48),
        left,
        format!("{server} is asked for {asked}"),
    );
    picture.line("bad dashed", (10, 78), (WIDTH - 10, 78));
    picture.text("bad", (WIDTH - 14, 94), Anchor::End, "zone cut");
    picture.text("bold", (20, 96), left, format!("zone {}", to.zone));
    picture.arrow("link", (240, 58), (240, 104));
    picture.text("quiet small", (20, 116), left, "authority section");
    picture.text("quiet small", (280, 116), left, "additional section: glue");
    let mut y = 124;
    for server in &to.servers {
        y = draw_server(&mut picture, server, y) + 8;
    }
    Ok(picture)
}

/// Draws a name server with its glue below `y`, and returns the lower end.
fn draw_server(picture: &mut Picture, server: &NameServer, y: i32) -> i32 {
    let rows = i32::try_from(server.addresses.len().max(1)).unwrap_or(1);
    picture.rectangle("authority", (10, y), (216, 24 * rows - 2));
    let name = fit(&format!("NS {}", server.name), 204);
    picture.text("text", (18, y + 16), Anchor::Start, name);
    if server.addresses.is_empty() {
        let text = "no glue: looked up first";
        picture.text("bad", (236, y + 16), Anchor::Start, text);
    }
    let mut top = y;
    for address in &server.addresses {
        let rtype = if address.is_ipv4() { "A" } else { "AAAA" };
        let text = fit(&format!("{rtype} {address}"), WIDTH - 300);
        picture.arrow("good", (226, top + 11), (276, top + 11));
        picture.rectangle("additional", (280, top), (WIDTH - 290, 22));
        picture.text("text", (288, top + 16), Anchor::Start, text);
        top += 24;
    }
    y + 24 * rows
}
