//! Lesson 18's chain of trust, link by link, in the signed mini-Internet.

use crate::draw::{Anchor, Picture, WIDTH, fit};
use anyhow::{Context as _, Result, bail};
use chain::{
    Context, LinkResult, NoZones, Nsec, Response, Status, Step, TracedLink, TrustAnchors,
    Validation,
};
use crypto::Ring;
use dnsparse::{Class, Name, Question, RecordType};
use lab::Lab;
use lab::signed::{NOW, trust_anchor};

/// The width of a chain, and the height of a link.
const COLUMN: i32 = (WIDTH - 30) / 2;
const LINK: i32 = 44;

/// Draws the chains of a secure answer and of one from an unsigned zone.
pub(crate) fn chains() -> Result<Picture> {
    let lab = Lab::signed_internet();
    let mut picture = Picture::new("");
    let mut sentences = Vec::new();
    for (column, name) in ["www.example.com.", "www.google.com."]
        .into_iter()
        .enumerate()
    {
        let (links, status) = validate(&lab, &name.parse()?)?;
        let x = 10 + (COLUMN + 10) * i32::try_from(column)?;
        let word = match status {
            Status::Secure => "secure",
            Status::Insecure(_) => "insecure",
            other => bail!("{name} is {other}"),
        };
        draw_chain(&mut picture, x, &links, word);
        let links: Vec<String> = links.iter().map(sentence).collect();
        let name = name.trim_end_matches('.');
        sentences.push(format!("{name} A is {word}: {}.", links.join("; ")));
    }
    picture.title = format!(
        "Two chains of trust, from the trust anchor down, link by link. {}",
        sentences.join(" ")
    );
    Ok(picture)
}

/// Validates the answer to a question for addresses, and returns the links and the status.
fn validate(lab: &Lab, name: &Name) -> Result<(Vec<TracedLink>, Status)> {
    let anchors = TrustAnchors::from_ds_records(trust_anchor());
    let context = Context {
        anchors: &anchors,
        known: &NoZones,
        proofs: &Nsec,
        now: NOW,
        crypto: &Ring,
    };
    let (question, response) = ask(lab, name, RecordType::A)?;
    let mut validation = Validation::new(&question, response);
    let verdict = loop {
        let (name, rtype) = match validation.step(&context) {
            Step::Dnskey(zone) => (zone, RecordType::DNSKEY),
            Step::Ds(name) => (name, RecordType::DS),
            Step::Done(verdict) => break verdict,
        };
        let (_, response) = ask(lab, &name, rtype)?;
        validation.handle_response(&response, &context);
    };
    Ok((validation.trace().cloned().collect(), verdict.status))
}

/// Asks a server that has the answer.
fn ask(lab: &Lab, qname: &Name, qtype: RecordType) -> Result<(Question, Response)> {
    let question = Question {
        qname: qname.clone(),
        qtype,
        qclass: Class::IN,
    };
    let reply = lab.authoritative_reply(&question);
    let reply = reply.with_context(|| format!("no reply to {qname} {qtype}"))?;
    Ok((question, Response::from(&reply)))
}

fn draw_chain(picture: &mut Picture, x: i32, links: &[TracedLink], status: &str) {
    let middle = x + COLUMN / 2;
    picture.rectangle("header", (x, 10), (COLUMN, 26));
    picture.text("bold", (middle, 28), Anchor::Middle, "trust anchor");
    let mut y = 36;
    for link in links {
        let (section, class) = match link.result {
            LinkResult::Insecure(_) => ("plain", "quiet"),
            _ if link.rtype == RecordType::DNSKEY => ("authority", "good"),
            _ => ("answer", "good"),
        };
        picture.arrow(class, (middle, y), (middle, y + 16));
        picture.rectangle(section, (x, y + 16), (COLUMN, LINK));
        let heading = fit(&format!("{} {}", link.name, link.rtype), COLUMN - 8);
        picture.text("bold", (middle, y + 34), Anchor::Middle, heading);
        let result = fit(&result(link), COLUMN - 8);
        picture.text("quiet", (middle, y + 52), Anchor::Middle, result);
        y += 16 + LINK;
    }
    let class = if status == "secure" { "good" } else { "quiet" };
    picture.text(
        &format!("bold {class}"),
        (middle, y + 22),
        Anchor::Middle,
        status,
    );
}

/// Returns what came of a link, in a few words.
fn result(link: &TracedLink) -> String {
    match &link.result {
        LinkResult::Insecure(cause) => cause.to_string(),
        LinkResult::Keys(_) => "matches the link above".to_owned(),
        LinkResult::Signed(zone) => format!("signed by {}", zone_text(zone)),
        _ => link.to_string(),
    }
}

/// Returns the link as a part of a sentence.
fn sentence(link: &TracedLink) -> String {
    let name = zone_text(&link.name);
    let verb = match link.result {
        LinkResult::Signed(_) => " is",
        LinkResult::Insecure(_) => ":",
        _ => "",
    };
    format!("{name} {}{verb} {}", link.rtype, result(link))
}

/// Returns a name as it stands in a sentence.
fn zone_text(zone: &Name) -> String {
    match zone.is_root() {
        true => "the root".to_owned(),
        false => zone.to_string().trim_end_matches('.').to_owned(),
    }
}
