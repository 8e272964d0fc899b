//! Lesson 3: the reply, for people to read.
//!
//! The form is dig's, which every administrator of DNS servers reads daily. dnsparse already shows a single record,
//! a name or a type as text (`to_string()`); this lesson shows the whole message around them.

use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::{DnsPacket, Edns, EdnsOption, Header, Question, Record};
use network::{Network, Via};
use tokio::time::Instant;
use transport::{ExchangeError, Reply, RetryPolicy, exchange};

/// A reply, the server that sent it, and how long that took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// What came back.
    pub reply: Reply,
    /// The server.
    pub server: SocketAddr,
    /// From the first try to the reply.
    pub elapsed: Duration,
}

/// Asks a server, and takes the time.
///
/// # Errors
/// As [`exchange()`].
pub async fn ask<N: Network>(
    network: &N,
    server: SocketAddr,
    query: &DnsPacket,
    via: Via,
    policy: RetryPolicy,
) -> Result<Answered, ExchangeError> {
    todo!(
        "Note the time (tokio's Instant), exchange the query for its reply, and note how much has elapsed."
    )
}

/// The whole reply: header, question, the sections that are not empty, statistics.
pub fn show(answered: &Answered) -> String {
    let packet = &answered.reply.packet;
    let mut blocks = vec![header(packet)];
    blocks.extend(packet.edns.as_ref().map(edns));
    blocks.extend(question_section(&packet.questions));
    blocks.extend(section("ANSWER", &packet.answers));
    blocks.extend(section("AUTHORITY", &packet.authorities));
    blocks.extend(section("ADDITIONAL", &packet.additionals));
    blocks.push(statistics(answered));
    blocks.join("\n\n")
}

/// Two lines, for example:
///
/// ```text
/// ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4711
/// ;; flags: qr rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1
/// ```
///
/// Predictions 1 and 2 of the chapter are about these two lines.
pub fn header(packet: &DnsPacket) -> String {
    todo!(
        "Write opcode, status (DnsPacket::rcode) and id; then `flags`, and how many entries each section had."
    )
}

/// The flags that are set, each with a space before it, in the order of the wire: ` qr aa tc rd ra ad cd`.
pub fn flags(header: &Header) -> String {
    todo!("Name each flag that is set, with a space before it, in the order qr aa tc rd ra ad cd.")
}

/// What the server says by EDNS. The flag `do` is shown where it is set, and below it the options, if there are any.
///
/// ```text
/// ;; OPT PSEUDOSECTION:
/// ; EDNS: version: 0, flags: do; udp: 1232
/// ```
pub fn edns(edns: &Edns) -> String {
    let options: String = edns.options.iter().map(option).collect();
    todo!(
        "Write the title, the line with version, flags (nothing or \" do\") and UDP size (RFC 6891 section 6.1.3), and the options, which are text already."
    )
}

/// One option: a new line with what it is, in dig's words.
fn option(option: &EdnsOption) -> String {
    format!("\n; {option}")
}

/// The question, as a comment: it is no record.
///
/// ```text
/// ;; QUESTION SECTION:
/// ;yahoo.com.                     IN      A
/// ```
pub fn question_section(questions: &[Question]) -> Option<String> {
    if questions.is_empty() {
        return None;
    }
    let lines = questions.iter().map(|question| {
        let Question {
            qname,
            qtype,
            qclass,
        } = question;
        format!("\n{:<31} {qclass:<7} {qtype}", format!(";{qname}"))
    });
    Some(format!(";; QUESTION SECTION:{}", lines.collect::<String>()))
}

/// A section of records below its title, a line each; nothing where there are none.
///
/// ```text
/// ;; ANSWER SECTION:
/// yahoo.com.              1800    IN      A       74.6.143.25
/// ```
pub fn section(title: &str, records: &[Record]) -> Option<String> {
    todo!(
        "Return None for no records; else the line \";; TITLE SECTION:\", and below it a `line` for each record."
    )
}

/// One record in columns: the owner takes 23 characters, TTL, class and type 7 each, with a space after each of them.
///
/// What is longer than its column pushes the rest to the right, and nothing is cut off.
pub fn line(record: &Record) -> String {
    let (rtype, rdata) = (record.rtype(), &record.rdata);
    let Record {
        owner, class, ttl, ..
    } = record;
    todo!(
        "Write owner, TTL, class, type and RDATA in their columns (format!'s `{{:<23}}` pads on the right)."
    )
}

/// How it went: time in milliseconds, server, transport, and the reply's octets.
///
/// ```text
/// ;; Query time: 12 msec
/// ;; SERVER: 192.0.2.53#53 (UDP)
/// ;; MSG SIZE  rcvd: 54
/// ```
pub fn statistics(answered: &Answered) -> String {
    let Answered {
        reply,
        server,
        elapsed,
    } = answered;
    let (address, port) = (server.ip(), server.port());
    todo!("Write the three lines; the size is that of the reply's octets, as they came.")
}

/// Just what the records of the answer say, one a line, for scripts: no owner, no TTL. Empty if there is no answer.
pub fn short(packet: &DnsPacket) -> String {
    todo!(
        "Write the RDATA of each record in the answer section, a line each, with no line break after the last."
    )
}
