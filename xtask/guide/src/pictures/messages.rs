//! A message, octet by octet: each section has its colour, each field its name.

use crate::draw::{Anchor, Picture, fit};
use anyhow::{Context, Result};
use dnsparse::{DnsPacket, Name, RecordType, dissect};
use lab::Lab;
use network::Via;

/// The octets of a row, and the size of the box of each.
const COLUMNS: usize = 8;
const BOX: (i32, i32) = (54, 46);
/// The beginning of the boxes; offsets are to their left.
const LEFT: i32 = 40;

/// Draws the query for www.example.com.
pub(crate) fn query() -> Result<Picture> {
    let mut query = DnsPacket::query(0x1c8b, "www.example.com".parse()?, RecordType::A);
    query.header.rd = true;
    let octets = query.write()?;
    let title = format!(
        "The {} octets of a query for www.example.com A: a header of 12 octets, then the question. Each label of the name stands after its length, and a length of 0 ends the name.",
        octets.len()
    );
    octet_boxes(title, &octets)
}

/// Draws a reply with an alias, whose names are compressed.
pub(crate) fn reply() -> Result<Picture> {
    let lab = Lab::internet();
    let server = lab.server("ns0.wikimedia.org").context("no such server")?;
    let (qname, qtype): (Name, _) = ("www.wikipedia.org".parse()?, RecordType::A);
    let query = DnsPacket::query(0x1c8b, qname, qtype).write()?;
    let reply = lab.answer(server, Via::Udp, &query).context("no reply")?;
    let title = format!(
        "The {} octets of a reply to www.wikipedia.org A: header, question, and an answer with a CNAME record. The owner of the record is a pointer to the name in the question, and the end of its target is one to the end of that name.",
        reply.len()
    );
    octet_boxes(title, &reply)
}

fn octet_boxes(title: String, message: &[u8]) -> Result<Picture> {
    let mut picture = Picture::new(title);
    let dissection = dissect(message);
    let place = |offset: usize| -> (i32, i32) {
        let column = i32::try_from(offset % COLUMNS).unwrap_or(0);
        let row = i32::try_from(offset / COLUMNS).unwrap_or(0);
        (LEFT + column * BOX.0, 34 + row * (BOX.1 + 4))
    };
    legend(&mut picture, &dissection);
    for row in 0..message.len().div_ceil(COLUMNS) {
        let offset = row * COLUMNS;
        let (_, y) = place(offset);
        picture.text(
            "quiet small",
            (LEFT - 6, y + 30),
            Anchor::End,
            offset.to_string(),
        );
    }
    for field in &dissection.fields {
        let section = section_of(field);
        let octets = message.get(field.offset..field.offset + field.length);
        for (index, octet) in octets.unwrap_or_default().iter().enumerate() {
            let offset = field.offset + index;
            let (x, y) = place(offset);
            picture.rectangle(section, (x, y), BOX);
            picture.text(
                "text",
                (x + 8, y + 30),
                Anchor::Start,
                format!("{octet:02x}"),
            );
            let is_name = field.meaning.ends_with('.') && octet.is_ascii_graphic();
            if is_name && octet.is_ascii_alphabetic() {
                picture.text(
                    "quiet",
                    (x + 36, y + 30),
                    Anchor::Start,
                    char::from(*octet).to_string(),
                );
            }
            if index == 0 {
                // The name of a field may run on above its other octets in the row.
                let in_row = field.length.min(COLUMNS - offset % COLUMNS);
                let room = BOX.0 * i32::try_from(in_row).unwrap_or(1) + 4;
                picture.text(
                    "quiet small",
                    (x + 3, y + 11),
                    Anchor::Start,
                    fit(field.name(), room),
                );
            }
        }
    }
    // The pointers are drawn last, above all boxes.
    for field in &dissection.fields {
        let Some(target) = dissection.pointer_target(field) else {
            continue;
        };
        let octets = message.get(field.offset..field.offset + field.length);
        let octets = octets.unwrap_or_default();
        // A pointer is the end of a name.
        let Some(pointer) = octets.len().checked_sub(2).map(|end| field.offset + end) else {
            continue;
        };
        let ((from, top), (to, bottom)) = (place(pointer), place(target));
        let start = (from + BOX.0, top + 4);
        picture.arrow("link", start, (to + 20, bottom + BOX.1 - 8));
    }
    Ok(picture)
}

fn section_of(field: &dnsparse::dissect::Field) -> &'static str {
    let section = field
        .path
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let known = ["header", "question", "answer", "authority", "additional"];
    known
        .into_iter()
        .find(|known| section.starts_with(known))
        .unwrap_or("trailing")
}

/// Names the sections that the message has, each in its colour.
fn legend(picture: &mut Picture, dissection: &dnsparse::dissect::Dissection) {
    let mut sections: Vec<&str> = dissection.fields.iter().map(section_of).collect();
    sections.dedup();
    let mut x = LEFT;
    for section in sections {
        picture.rectangle(section, (x, 10), (14, 14));
        picture.text("text", (x + 20, 22), Anchor::Start, section);
        x += 40 + crate::draw::width(section);
    }
}
