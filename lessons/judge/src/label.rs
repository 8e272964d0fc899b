//! The text beside an arrow of a [drawing](crate::diagram): a message in a few words.

use dnsparse::{DnsPacket, Name, Question, RecordType};
use network::Via;

use crate::outcome::{Message, Peer, Side};
use crate::text::{count_of, cut};

/// The number of characters of a name, and of the text beside an arrow.
pub const MAX_NAME: usize = 36;
const MAX_TEXT: usize = 90;

/// Describes a message in a few words: the zones of its name server where they are given, and the
/// question in fewer words if it is that of the first message.
pub fn label(message: &Message, zones: Option<&str>, first: Option<&Question>) -> String {
    let mut parts = Vec::new();
    parts.extend(zones.map(|zones| format!("({})", cut(zones, MAX_NAME))));
    if message.via == Via::Tcp && message.octets.is_some() {
        parts.push("over TCP".to_owned());
    }
    parts.extend(message.octets.as_deref().map(|octets| {
        let is_query = (message.from == Side::Judge) == (message.peer == Peer::Client);
        contents(octets, is_query, first)
    }));
    if !message.note.is_empty() {
        parts.push(message.note.clone());
    }
    let wrong = if message.is_wrong { "WRONG: " } else { "" };
    let text: String = parts
        .join(", ")
        .chars()
        .filter(|it| !it.is_control())
        .collect();
    format!("{wrong}{}", cut(&text, MAX_TEXT))
}

fn contents(octets: &[u8], is_query: bool, first: Option<&Question>) -> String {
    let packet = match DnsPacket::parse(octets) {
        Ok(packet) => packet,
        Err(_) => return format!("{}, malformed", count_of(octets.len(), "octet")),
    };
    let id = packet.header.id;
    if is_query {
        let question = match packet.question() {
            None => "no question".to_owned(),
            same if same == first => "the same question".to_owned(),
            Some(question) => format!("{} {}?", short(&question.qname), question.qtype),
        };
        return format!("id {id}, {question}");
    }
    let tc = if packet.header.tc { ", TC" } else { "" };
    format!("id {id}, {}{tc}, {}", packet.rcode(), records(&packet))
}

/// Describes the records of a reply: the last one of the answer, or the referral.
fn records(packet: &DnsPacket) -> String {
    let mut authorities = packet.authorities.iter();
    match packet.answers.as_slice() {
        [] => match authorities.find(|record| record.rtype() == RecordType::NS) {
            Some(ns) => format!("referral to {}", short(&ns.owner)),
            None => "no records".to_owned(),
        },
        [before @ .., last] => {
            let rdata = cut(&last.rdata.to_string(), MAX_NAME);
            let more = match before.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("{} {rdata}{more}", last.rtype())
        }
    }
}

fn short(name: &Name) -> String {
    cut(&name.to_string(), MAX_NAME)
}
