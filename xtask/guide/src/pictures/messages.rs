//! A message, octet by octet: each section has its colour, each field its name.

use crate::draw::{Anchor, Picture, fit};
use anyhow::{Context, Result};
use dnsparse::dissect::{Dissection, Field};
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
    legend(&mut picture, &dissection);
    for offset in (0..message.len()).step_by(COLUMNS) {
        let at = (LEFT - 6, place(offset).1 + 30);
        picture.text("quiet small", at, Anchor::End, offset.to_string());
    }
    for field in &dissection.fields {
        draw_field(&mut picture, field, message);
    }
    // The pointers are drawn last, above all boxes. A pointer is the end of a name.
    for field in &dissection.fields {
        let pointer = (field.offset + field.length).checked_sub(2);
        if let (Some(target), Some(pointer)) = (dissection.pointer_target(field), pointer) {
            let ((from, top), (to, bottom)) = (place(pointer), place(target));
            let start = (from + BOX.0, top + 4);
            picture.arrow("link", start, (to + 20, bottom + BOX.1 - 8));
        }
    }
    Ok(picture)
}

/// Returns the place of an octet's box.
fn place(offset: usize) -> (i32, i32) {
    let column = i32::try_from(offset % COLUMNS).unwrap_or(0);
    let row = i32::try_from(offset / COLUMNS).unwrap_or(0);
    (LEFT + column * BOX.0, 34 + row * (BOX.1 + 4))
}

/// Draws the octets of a field, with its name above the first.
fn draw_field(picture: &mut Picture, field: &Field, message: &[u8]) {
    let octets = message.get(field.offset..field.offset + field.length);
    for (octet, offset) in octets.unwrap_or_default().iter().zip(field.offset..) {
        let (x, y) = place(offset);
        picture.rectangle(section_of(field), (x, y), BOX);
        let hex = format!("{octet:02x}");
        picture.text("text", (x + 8, y + 30), Anchor::Start, hex);
        if field.meaning.ends_with('.') && octet.is_ascii_alphabetic() {
            let letter = char::from(*octet).to_string();
            picture.text("quiet", (x + 36, y + 30), Anchor::Start, letter);
        }
    }
    // The name may run on above the field's other octets in the row.
    let (x, y) = place(field.offset);
    let in_row = field.length.min(COLUMNS - field.offset % COLUMNS);
    let room = BOX.0 * i32::try_from(in_row).unwrap_or(1) + 4;
    let name = fit(field.name(), room);
    picture.text("quiet small", (x + 3, y + 11), Anchor::Start, name);
}

fn section_of(field: &Field) -> &'static str {
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
fn legend(picture: &mut Picture, dissection: &Dissection) {
    let mut sections: Vec<&str> = dissection.fields.iter().map(section_of).collect();
    sections.dedup();
    let mut x = LEFT;
    for section in sections {
        picture.rectangle(section, (x, 10), (14, 14));
        picture.text("text", (x + 20, 22), Anchor::Start, section);
        x += 40 + crate::draw::width(section);
    }
}
