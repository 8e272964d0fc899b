//! The log of a lab, as text.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::{DnsPacket, Rcode, Record, RecordType};
use network::Via;
use tokio::time::Instant;

use crate::recursive::RESOLVER;
use crate::servers::Servers;

/// The longest RDATA that is shown whole, in characters.
const SHORT: usize = 40;
/// The mark of a forged reply.
const FORGED: &str = "← forged: ";

/// A message that was sent to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedQuery {
    /// The time since the first event.
    pub at: Duration,
    /// The server.
    pub server: SocketAddr,
    /// The transport.
    pub via: Via,
    /// The port that it was sent from.
    pub source_port: u16,
    /// The message as it was sent.
    pub octets: Vec<u8>,
}

impl LoggedQuery {
    /// Parses the message.
    pub fn packet(&self) -> Option<DnsPacket> {
        DnsPacket::parse(&self.octets).ok()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Trace {
    events: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    at: Instant,
    server: SocketAddr,
    via: Via,
    event: Event,
}

#[derive(Debug)]
pub(crate) enum Event {
    /// A client opens a connection.
    Opened,
    /// A client sends a message.
    Sent { octets: Vec<u8>, source_port: u16 },
    /// The message gets no reply.
    NoReply,
    /// Forged replies that hit no open port.
    Missed(u64),
    /// A message or an error reaches the client.
    Arrived { summary: String, is_received: bool },
}

impl Event {
    /// A message that is sent from a port.
    pub(crate) fn sent(octets: &[u8], source_port: u16) -> Event {
        Event::Sent {
            octets: octets.to_vec(),
            source_port,
        }
    }

    /// The arrival of a forged reply.
    pub(crate) fn forged(arrival: &Result<Vec<u8>, io::ErrorKind>, query: &[u8]) -> Event {
        let summary = match arrival {
            Ok(octets) => format!("{FORGED}{}", summary(octets, query)),
            Err(kind) => format!("× {kind}"),
        };
        Event::Arrived {
            summary,
            is_received: false,
        }
    }

    /// An arrival, if the client is still there to receive it.
    pub(crate) fn arrived(arrival: &Result<Vec<u8>, io::ErrorKind>, query: &[u8]) -> Event {
        let summary = match arrival {
            Ok(octets) => format!("← {}", summary(octets, query)),
            Err(kind) => format!("× {kind}"),
        };
        Event::Arrived {
            summary,
            is_received: false,
        }
    }
}

impl Trace {
    /// Adds an event and returns its index.
    pub(crate) fn add(&mut self, at: Instant, server: SocketAddr, via: Via, event: Event) -> usize {
        self.events.push(Line {
            at,
            server,
            via,
            event,
        });
        self.events.len() - 1
    }

    /// Notes that an arrival was received.
    pub(crate) fn mark_received(&mut self, index: usize) {
        if let Some(Line {
            event: Event::Arrived { is_received, .. },
            ..
        }) = self.events.get_mut(index)
        {
            *is_received = true;
        }
    }

    pub(crate) fn queries(&self) -> Vec<LoggedQuery> {
        let start = self.start();
        let query = |line: &Line| match &line.event {
            Event::Sent {
                octets,
                source_port,
            } => Some(LoggedQuery {
                at: line.at.duration_since(start?),
                server: line.server,
                via: line.via,
                source_port: *source_port,
                octets: octets.clone(),
            }),
            _ => None,
        };
        self.events.iter().filter_map(query).collect()
    }

    fn start(&self) -> Option<Instant> {
        self.events.first().map(|line| line.at)
    }

    /// Returns all events so far, in order of time.
    pub(crate) fn show(&self, servers: &Servers, now: Instant) -> String {
        let Some(start) = self.start() else {
            return String::new();
        };
        let mut lines: Vec<&Line> = self.events.iter().filter(|line| line.at <= now).collect();
        lines.sort_by_key(|line| line.at);
        let mut text = String::new();
        let mut last = None;
        for equal in lines.chunk_by(|one, other| one.is_repeated_by(other)) {
            let Some(line) = equal.first() else { continue };
            let ms = line.at.duration_since(start).as_millis();
            let same = last == Some((line.server, line.via));
            last = Some((line.server, line.via));
            let mut shown = line.show(servers, same);
            if equal.len() > 1 {
                shown.push_str(&format!(", {} times", equal.len()));
            }
            text.push_str(format!("{ms:>5} ms  {shown}").trim_end());
            text.push('\n');
        }
        text
    }
}

impl Line {
    /// Whether both lines are about the same forged reply, as the guesses of an attacker are.
    fn is_repeated_by(&self, other: &Line) -> bool {
        let is_same = (self.server, self.via) == (other.server, other.via);
        match (&self.event, &other.event) {
            (
                Event::Arrived {
                    summary,
                    is_received,
                },
                Event::Arrived {
                    summary: other,
                    is_received: is_other_received,
                },
            ) => {
                let is_equal = summary == other && is_received == is_other_received;
                is_same && is_equal && summary.starts_with(FORGED)
            }
            _ => false,
        }
    }

    /// `same`: whether the line before is about the same server.
    fn show(&self, servers: &Servers, same: bool) -> String {
        let name = server_name(self.server, servers);
        let from = if same {
            String::new()
        } else {
            format!(" (from {name})")
        };
        match &self.event {
            Event::Opened => format!("{} → {name:<36}  connect", self.via),
            Event::Sent { octets, .. } => {
                format!("{} → {name:<36}  {}", self.via, question(octets))
            }
            Event::Missed(1) => "    · 1 forged reply to another port".to_owned(),
            Event::Missed(count) => format!("    · {count} forged replies to other ports"),
            Event::NoReply => format!("    × no reply{from}"),
            Event::Arrived {
                summary,
                is_received: true,
            } => format!("    {summary}{from}"),
            Event::Arrived {
                summary,
                is_received: false,
            } => format!("    {summary}{from}, not received"),
        }
    }
}

fn server_name(server: SocketAddr, servers: &Servers) -> String {
    let address = match server.port() {
        53 => server.ip().to_string(),
        _ => server.to_string(),
    };
    match servers.name_of(server) {
        _ if server == RESOLVER => format!("{address} the resolver"),
        Some(name) => format!("{address} {}", name.to_string().trim_end_matches('.')),
        None => address,
    }
}

fn question(octets: &[u8]) -> String {
    match DnsPacket::parse(octets) {
        Ok(packet) => match packet.question() {
            Some(question) => format!("{} {}", question.qname, question.qtype),
            None => format!("{} questions", packet.questions.len()),
        },
        Err(error) => format!("{} octets: {error}", octets.len()),
    }
}

/// Summarises a reply.
fn summary(octets: &[u8], query: &[u8]) -> String {
    let Ok(reply) = DnsPacket::parse(octets) else {
        return format!("{} octets that are no message", octets.len());
    };
    let mut text = wrong(&reply, query);
    text.push_str(&gist(&reply));
    text
}

/// Lists how a reply does not match its query.
fn wrong(reply: &DnsPacket, query: &[u8]) -> String {
    let mut text = String::new();
    let Ok(query) = DnsPacket::parse(query) else {
        return text;
    };
    if !reply.header.qr {
        text.push_str("QR=0, ");
    }
    if reply.header.id != query.header.id {
        text.push_str("wrong id, ");
    }
    if reply.questions != query.questions && !reply.questions.is_empty() {
        text.push_str("wrong question, ");
    }
    text
}

fn gist(reply: &DnsPacket) -> String {
    let rcode = reply.rcode();
    let is_referral = !reply.header.aa && reply.answers.is_empty();
    let cut = reply
        .authorities
        .iter()
        .find(|record| record.rtype() == RecordType::NS);
    let soa = reply
        .authorities
        .iter()
        .find(|record| record.rtype() == RecordType::SOA);
    let proof = soa.map_or(String::new(), |soa| format!(" (SOA {})", soa.owner));
    match (rcode, cut) {
        _ if reply.header.tc => "truncated".to_owned(),
        (Rcode::NOERROR, Some(cut)) if is_referral => {
            let (servers, glue) = (reply.authorities.len(), reply.additionals.len());
            format!("referral: {} ({servers} NS, {glue} glue)", cut.owner)
        }
        (Rcode::NOERROR, _) if reply.answers.is_empty() => format!("NODATA{proof}"),
        (Rcode::NOERROR, _) => format!("answer: {}", listed(&reply.answers)),
        _ if reply.answers.is_empty() => format!("{rcode}{proof}"),
        _ => format!("{rcode}: {}{proof}", listed(&reply.answers)),
    }
}

/// Summarises records, RRset by RRset: one record by its RDATA, unless that is long, several by
/// their number.
fn listed(records: &[Record]) -> String {
    let rrset = |rrset: &[Record]| {
        let rtype = rrset.first().map_or(RecordType(0), Record::rtype);
        match rrset {
            [Record { rdata, .. }] if rdata.to_string().len() <= SHORT => {
                format!("{rtype} {rdata}")
            }
            _ => format!("{} {rtype}", rrset.len()),
        }
    };
    let listed: Vec<String> = records.chunk_by(Record::is_same_rrset).map(rrset).collect();
    listed.join(", ")
}
