//! Lesson 3: a reply as text.
//!
//! The form is dig's, which DNS operators can read in their sleep. dnsparse already writes a single
//! record, a name or a type as text (`to_string()`); this lesson writes the whole message around
//! them.

use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::{DnsPacket, Edns, EdnsOption, Header, Question, Record};
use network::{Network, Via};
use tokio::time::Instant;
use transport::{ExchangeError, Reply, RetryPolicy, exchange};

/// A reply, the server that sent it, and the time that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedReply {
    /// The reply.
    pub reply: Reply,
    /// The server.
    pub server: SocketAddr,
    /// The time from the first try to the reply.
    pub elapsed: Duration,
}

/// Sends a query to a server, and measures the time until the reply.
///
/// # Errors
/// As [`exchange()`].
pub async fn timed_exchange<N: Network>(
    network: &N,
    server: SocketAddr,
    query: &DnsPacket,
    via: Via,
    policy: RetryPolicy,
) -> Result<TimedReply, ExchangeError> {
    todo!(
        "Start the clock (tokio's Instant), send the query with `exchange`, and return the reply with the time elapsed."
    )
}

/// Returns the whole reply: header, EDNS, question, the sections that are not empty, statistics.
pub fn show(timed: &TimedReply) -> String {
    let packet = &timed.reply.packet;
    let mut blocks = vec![header(packet)];
    blocks.extend(packet.edns.as_ref().map(edns));
    blocks.extend(question_section(&packet.questions));
    blocks.extend(section("ANSWER", &packet.answers));
    blocks.extend(section("AUTHORITY", &packet.authorities));
    blocks.extend(section("ADDITIONAL", &packet.additionals));
    blocks.push(statistics(timed));
    blocks.join("\n\n")
}

/// Returns the two lines of the header, for example:
///
/// ```text
/// ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4711
/// ;; flags: qr rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1
/// ```
///
/// Predictions 1 and 2 of the chapter are about these two lines.
pub fn header(packet: &DnsPacket) -> String {
    let reserved = reserved_flag(&packet.header);
    todo!(
        "Return opcode, status (the whole RCODE) and id in the first line; `flags`, `reserved`, and the number of entries that each section had on the wire, in the second."
    )
}

/// Returns the names of the flags that are set, each after a space, in the order of the wire: ` qr
/// aa tc rd ra ad cd`.
pub fn flags(header: &Header) -> String {
    todo!(
        "Return the name of each flag that is set, after a space, in the order qr aa tc rd ra ad cd."
    )
}

/// Returns the server's EDNS: its version, the flag `do` if it is set, the UDP size, and the
/// options, one a line.
///
/// ```text
/// ;; OPT PSEUDOSECTION:
/// ; EDNS: version: 0, flags: do; udp: 1232
/// ```
pub fn edns(edns: &Edns) -> String {
    let options: String = edns.options.iter().map(option).collect();
    let reserved = reserved_flags(edns);
    todo!(
        "Return the title; the line with version, flags (`do`, after a space, or nothing), `reserved` and UDP size (RFC 6891 section 6.1.3); and the options, which are text already."
    )
}

/// Returns the header's reserved flag in dig's form, if it is set: it must be zero (RFC 1035
/// section 4.1.1).
fn reserved_flag(header: &Header) -> &'static str {
    if header.z { "; MBZ: 0x4" } else { "" }
}

/// Returns the end of the list of flags: a semicolon, and in dig's form the reserved flags that are
/// set: they must be zero (RFC 6891 section 6.1.4).
fn reserved_flags(edns: &Edns) -> String {
    match edns.z {
        0 => ";".to_owned(),
        z => format!("; MBZ: {z:#06x},"),
    }
}

/// Returns one option in dig's form, on a new line.
fn option(option: &EdnsOption) -> String {
    format!("\n; {option}")
}

/// Returns the question section. The question is a comment, since it is no record.
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

/// Returns a section of records, one a line, below its title; None for an empty section.
///
/// ```text
/// ;; ANSWER SECTION:
/// yahoo.com.              1800    IN      A       74.6.143.25
/// ```
pub fn section(title: &str, records: &[Record]) -> Option<String> {
    todo!(
        "Return None if there are no records; otherwise the line of the title, as in the example, with the argument `title` in it, and below it a `line` for each record."
    )
}

/// Returns one record in columns: 23 characters for the owner, 7 each for TTL, class and type, with
/// a space after each column.
///
/// A field that is longer than its column is not cut off, but pushes the rest to the right.
pub fn line(record: &Record) -> String {
    let (rtype, rdata) = (record.rtype(), &record.rdata);
    let Record {
        owner, class, ttl, ..
    } = record;
    todo!(
        "Return owner, TTL, class, type and RDATA in their columns (a width in `format!` pads a field with spaces)."
    )
}

/// Returns the query time in milliseconds, the server, the transport, and the size of the reply.
///
/// ```text
/// ;; Query time: 12 msec
/// ;; SERVER: 192.0.2.53#53 (UDP)
/// ;; MSG SIZE  rcvd: 54
/// ```
pub fn statistics(timed: &TimedReply) -> String {
    let TimedReply {
        reply,
        server,
        elapsed,
    } = timed;
    let (address, port) = (server.ip(), server.port());
    todo!("Return the three lines; the size is the number of octets that were received.")
}

/// Returns the RDATA of the answer's records, one a line, for scripts: no owner, no TTL. The text
/// is empty if there is no answer.
pub fn short(packet: &DnsPacket) -> String {
    todo!(
        "Return the RDATA of each record in the answer section, one a line, with no line break after the last."
    )
}
