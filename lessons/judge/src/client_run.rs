//! [`ClientRun`]: one run of the client under test against one name server, and the failures that
//! show it.

use std::fmt::Display;
use std::net::SocketAddr;
use std::time::Instant;

use dnsparse::DnsPacket;
use network::Via;

use crate::exchange::Exchange;
use crate::name_server::Connection;
use crate::outcome::{Failure, Message, Peer, Side};
use crate::subject::ProgramOutput;
use crate::text::count_of;

/// One run of the client against one name server.
pub struct ClientRun {
    /// The output of the client.
    pub output: ProgramOutput,
    /// The time at which it was started.
    pub started: Instant,
    /// The time at which it had ended.
    pub ended: Instant,
    /// The address of the name server.
    pub server: SocketAddr,
    /// All messages, in order.
    pub messages: Vec<Message>,
    /// The queries that the name server received, with its replies.
    pub exchanges: Vec<Exchange>,
    /// The TCP connections to the name server.
    pub connections: Vec<Connection>,
}

impl ClientRun {
    /// Returns the reason why the output cannot be right, if there is one: the client crashed, did
    /// not end, or sent no query that has a reply.
    pub fn accident(&self) -> Option<String> {
        let ProgramOutput {
            status, was_killed, ..
        } = self.output;
        if String::from_utf8_lossy(&self.output.stderr).contains("panicked at") {
            return Some("the client panicked".to_owned());
        }
        if was_killed {
            let seconds = (self.ended - self.started).as_secs_f32();
            let sent = self.sent_nothing();
            let sent = sent.map_or(String::new(), |sent| format!("; {sent}"));
            return Some(format!(
                "the client was still running after {seconds:.0} s{sent}"
            ));
        }
        if status.is_none() {
            return Some(format!("the client crashed: {}", self.output.ending()));
        }
        let nothing = self.sent_nothing();
        nothing
            .map(|nothing| format!("{nothing} ({})", self.output.ending()))
            .or_else(|| self.malformed_query())
    }

    /// Describes the absence of any message, if none arrived.
    pub fn sent_nothing(&self) -> Option<String> {
        let text = match self.connections.first() {
            _ if !self.exchanges.is_empty() => return None,
            None => "the client sent no query".to_owned(),
            Some(_) => self
                .unfinished_connection()
                .unwrap_or_else(|| "the client sent no query".to_owned()),
        };
        Some(text)
    }

    /// Describes a TCP connection without a whole message, if there is one.
    pub fn unfinished_connection(&self) -> Option<String> {
        let is_empty = |connection: &&Connection| connection.messages == 0;
        let connection = self.connections.iter().find(is_empty)?;
        let count = count_of(connection.unfinished, "octet");
        Some(format!(
            "the client opened a TCP connection, and sent {count} instead of a length and a whole message"
        ))
    }

    fn malformed_query(&self) -> Option<String> {
        let is_one = |exchange: &Exchange| exchange.query.packet().is_some();
        if self.exchanges.iter().any(is_one) {
            return None;
        }
        let first = self.exchanges.first()?;
        let error = DnsPacket::parse(&first.query.octets).err()?;
        Some(format!("the client sent a malformed query: {error}"))
    }

    /// Creates a failure whose wrong step is the output of the client, or, if it sent nothing, the
    /// query that it did not send.
    pub fn wrong_output(
        self,
        rule: impl Display,
        expected: impl Display,
        got: impl Display,
        rfc: &'static str,
    ) -> Failure {
        if self.exchanges.is_empty() {
            return self.missing_query(rule, expected, got, rfc, Via::Udp);
        }
        let (got, output) = (got.to_string(), self.output.full_text());
        let printed = Message {
            at: self.ended,
            from: Side::Program,
            peer: Peer::Output,
            server: self.server,
            via: Via::Udp,
            octets: None,
            note: got.lines().next().unwrap_or_default().to_owned(),
            is_wrong: true,
        };
        Failure::new(rule, expected, got, rfc)
            .with_messages(self.messages)
            .with_messages([printed])
            .with_output(output)
    }

    /// Creates a failure whose wrong step is a query that the client did not send.
    pub fn missing_query(
        self,
        rule: impl Display,
        expected: impl Display,
        got: impl Display,
        rfc: &'static str,
        via: Via,
    ) -> Failure {
        let (got, output) = (got.to_string(), self.output.full_text());
        let missing = Message {
            at: self.ended,
            from: Side::Program,
            peer: Peer::NameServer(String::new()),
            server: self.server,
            via,
            octets: None,
            note: got.lines().next().unwrap_or_default().to_owned(),
            is_wrong: true,
        };
        Failure::new(rule, expected, got, rfc)
            .with_messages(self.messages)
            .with_missing(missing)
            .with_output(output)
    }

    /// Creates a failure whose wrong step is the first message of the client.
    pub fn wrong_query(
        self,
        rule: impl Display,
        expected: impl Display,
        got: impl Display,
        rfc: &'static str,
    ) -> Failure {
        Failure::new(rule, expected, got, rfc)
            .with_messages(self.messages.into_iter().take(1))
            .mark(Message::is_query_of_program)
    }
}
