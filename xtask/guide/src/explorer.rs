//! Dissections as JSON, for the packet explorer. `dnsparse` does the work; the page only shows it.

use crate::fields;
use anyhow::{Context, Result};
use dnsparse::dissect::{Field, FieldValue};
use dnsparse::{DnsPacket, Name, ParseError, PathStep, RecordType, diff, dissect};
use lab::Lab;
use network::Via;
use serde_json::{Value, json};

/// The longest message that is shown, in octets: the page has an element for each.
const MAX_MESSAGE: usize = 4096;

/// Reads octets in hexadecimal, as tcpdump, Wireshark or `xxd -p` print them: blanks, line ends,
/// colons and `0x` are allowed between them.
///
/// # Errors
/// Returns a sentence for the reader.
pub(crate) fn octets(text: &str) -> Result<Vec<u8>, String> {
    let mut digits = String::with_capacity(text.len().min(2 * MAX_MESSAGE + 1));
    let is_gap = |c: char| c.is_ascii_whitespace() || matches!(c, ':' | ',');
    for word in text.split(is_gap) {
        let word = word.strip_prefix("0x").unwrap_or(word);
        if let Some(other) = word.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(format!(
                "{other:?} is not a hexadecimal digit. Paste only the octets, such as 1c 8b 01 00."
            ));
        }
        digits.push_str(word);
        if digits.len() > 2 * MAX_MESSAGE {
            return Err(format!(
                "These are more than {MAX_MESSAGE} octets, the most that the explorer shows."
            ));
        }
    }
    match digits.len() {
        0 => Err("There are no octets. Paste a message in hexadecimal.".to_owned()),
        count if count % 2 == 1 => Err(format!(
            "{count} digits are not whole octets: each octet has two."
        )),
        _ => hex::decode(digits).map_err(|error| error.to_string()),
    }
}

/// Dissects a message.
pub(crate) fn dissection(message: &[u8]) -> Value {
    let dissection = dissect(message);
    let mut rtype = None;
    let mut fields = Vec::with_capacity(dissection.fields.len());
    for field in &dissection.fields {
        if field.name() == "owner" {
            rtype = None;
        }
        if field.name() == "type" && field.path.len() == 2 {
            rtype = record_type(message, field);
        }
        let about = fields::about(field, rtype);
        fields.push(json!({
            "offset": field.offset,
            "length": field.length,
            "section": field.path.first().map(ToString::to_string),
            "path": path(&field.path),
            "part": part(field),
            "meaning": field.meaning,
            "fault": field.fault.map(|fault| fault.to_string()),
            "target": dissection.pointer_target(field),
            "about": about.text,
            "rfc": about.rfc,
        }));
    }
    json!({
        "hex": hex::encode(message),
        "fields": fields,
        "error": DnsPacket::parse(message).err().as_ref().map(parse_error),
    })
}

/// Returns the part of a section's entry that a field belongs to, for its colour: a name, RDATA, or
/// one of the fields of fixed length.
fn part(field: &Field) -> &'static str {
    if field.path.contains(&PathStep::Field("rdata")) {
        "rdata"
    } else if matches!(field.name(), "qname" | "owner") {
        "name"
    } else {
        "fixed"
    }
}

/// Describes the first octet in which two messages differ; null if they are the same.
pub(crate) fn difference(left: &[u8], right: &[u8]) -> Value {
    diff(left, right).first().map_or(Value::Null, |first| {
        let value = |field: &Option<FieldValue>| {
            field.as_ref().map(|it| {
                json!({ "path": path(&it.path), "hex": hex::encode(&it.octets), "meaning": it.meaning })
            })
        };
        json!({ "offset": first.offset, "left": value(&first.expected), "right": value(&first.got) })
    })
}

/// The lab's messages to choose from: title, server, name, type.
const MESSAGES: [(&str, &str, &str, &str); 8] = [
    (
        "A referral from a root server",
        "a.root-servers.net",
        "www.bbc.co.uk",
        "A",
    ),
    (
        "An answer with addresses",
        "ns1.yahoo.com",
        "yahoo.com",
        "A",
    ),
    ("An alias", "ns0.wikimedia.org", "www.wikipedia.org", "A"),
    (
        "A name that does not exist",
        "a.root-servers.net",
        "no-such-tld",
        "A",
    ),
    (
        "A name without records of this type",
        "ns1.google.com",
        "www.google.com",
        "MX",
    ),
    ("Mail exchangers", "ns1.google.com", "google.com", "MX"),
    ("The root's name servers", "a.root-servers.net", ".", "NS"),
    (
        "The SOA record of a zone",
        "ns1.google.com",
        "google.com",
        "SOA",
    ),
];

/// Asks the mini-Internet's servers for the messages to choose from, and adds a query and a
/// malformed message.
///
/// # Errors
/// Fails if the lab has no such server, or it does not reply.
pub(crate) fn messages() -> Result<Value> {
    let lab = Lab::internet();
    let mut shown = vec![message("A query", &query("www.example.com", "A", true)?)];
    for (title, server, qname, qtype) in MESSAGES {
        let address = lab
            .server(server)
            .with_context(|| format!("the lab has no {server}"))?;
        let query = query(qname, qtype, false)?;
        let reply = lab.answer(address, Via::Udp, &query);
        let reply = reply.with_context(|| format!("{server} does not reply"))?;
        shown.push(message(
            &format!("{title}: {qname} {qtype}, from {server}"),
            &reply,
        ));
    }
    let mut malformed = query("www.example.com", "A", true)?;
    // The first label's length becomes a pointer to itself.
    for (place, octet) in malformed.iter_mut().skip(12).zip([0xc0, 0x0c]) {
        *place = octet;
    }
    shown.push(message("Malformed: a pointer to itself", &malformed));
    Ok(Value::Array(shown))
}

fn message(title: &str, octets: &[u8]) -> Value {
    json!({ "title": title, "hex": hex::encode(octets) })
}

fn query(qname: &str, qtype: &str, rd: bool) -> Result<Vec<u8>> {
    let qname: Name = qname.parse().with_context(|| qname.to_owned())?;
    let qtype: RecordType = qtype.parse().with_context(|| qtype.to_owned())?;
    let mut query = DnsPacket::query(0x1c8b, qname, qtype);
    query.header.rd = rd;
    Ok(query.write()?)
}

fn record_type(message: &[u8], field: &Field) -> Option<RecordType> {
    let octets = message.get(field.offset..field.offset + field.length)?;
    Some(RecordType(u16::from_be_bytes(octets.try_into().ok()?)))
}

fn path(steps: &[PathStep]) -> String {
    let steps: Vec<String> = steps.iter().map(ToString::to_string).collect();
    steps.join(".")
}

fn parse_error(error: &ParseError) -> Value {
    json!({ "octet": error.octet, "path": path(&error.path), "rule": error.kind.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_read_as_other_programs_print_them() {
        for text in ["1c8b01", "1c 8b 01", "1C:8B:01", "0x1c, 0x8b, 0x01\n"] {
            assert_eq!(octets(text), Ok(vec![0x1c, 0x8b, 1]), "{text:?}");
        }
    }

    #[test]
    fn bad_hex_is_refused_with_a_sentence() {
        let long = "00".repeat(MAX_MESSAGE + 1);
        for (text, part) in [
            ("", "no octets"),
            ("1c8", "3 digits are not whole octets"),
            ("<script>", "'<' is not a hexadecimal digit"),
            ("1cß", "'ß' is not"),
            (&*long, "more than 4096 octets"),
        ] {
            let refused = octets(text);
            let sentence = refused.as_ref().err().map_or("accepted", |it| it);
            assert!(sentence.contains(part), "{text:?}: {sentence}, not {part}");
        }
    }

    #[test]
    fn the_lab_s_messages_are_explained() {
        let messages = messages().unwrap_or_else(|error| panic!("{error:#}"));
        let messages = messages.as_array().expect("a list");
        assert_eq!(messages.len(), MESSAGES.len() + 2);
        for message in messages {
            let octets = octets(message["hex"].as_str().unwrap_or_default());
            let seen = dissection(&octets.unwrap_or_else(|error| panic!("{message}: {error}")));
            let malformed = message["title"]
                .as_str()
                .is_some_and(|it| it.starts_with("Malformed"));
            assert_eq!(seen["error"].is_object(), malformed, "{message}: {seen:#}");
        }
    }

    #[test]
    fn each_octet_of_any_message_has_one_field_and_pointers_point_into_it() {
        let referral = &messages().unwrap_or_else(|error| panic!("{error:#}"))[1];
        let whole = octets(referral["hex"].as_str().unwrap_or_default()).unwrap_or_default();
        let mut pointers = 0;
        for end in 0..=whole.len() {
            let seen = dissection(&whole[..end]);
            let mut at = 0;
            for field in seen["fields"].as_array().expect("a list") {
                assert_eq!(field["offset"], at, "cut at {end}: {field}");
                at += field["length"].as_u64().expect("a length");
                assert!(
                    field["rfc"]
                        .as_str()
                        .is_some_and(|it| it.starts_with("RFC ")),
                    "{field}"
                );
                if let Some(target) = field["target"].as_u64() {
                    pointers += 1;
                    assert!(
                        target < field["offset"].as_u64().unwrap_or(0) + 255,
                        "{field}"
                    );
                }
            }
            assert_eq!(at, end as u64, "cut at {end}: {seen:#}");
            assert_eq!(seen["error"].is_null(), end == whole.len(), "cut at {end}");
        }
        assert!(pointers > 0, "the referral has no pointer");
    }

    #[test]
    fn the_first_difference_names_its_field() {
        let (mut left, right) = (
            query("a.example", "A", true).expect("a query"),
            query("a.example", "A", false).expect("a query"),
        );
        let seen = difference(&left, &right);
        assert_eq!(seen["offset"], 2, "{seen}");
        assert_eq!(seen["left"]["path"], "header.flags", "{seen}");
        assert_eq!(difference(&right, &right), Value::Null);
        left.clear();
        assert_eq!(difference(&left, &right)["left"], Value::Null);
    }
}
