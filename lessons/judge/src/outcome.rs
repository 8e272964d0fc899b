//! [`Failure`]: a rule that a program violated, with the messages that show it.
//!
//! A failure holds the rule, the expected and the observed behaviour, the section of the RFC, and
//! the messages: [`crate::diagram`] draws them in their order, [`crate::report`] dissects them.

use std::fmt;
use std::net::SocketAddr;
use std::time::Instant;

use network::Via;

/// The reason why a stage is not passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageError {
    /// The program violates a rule.
    Failed(Box<Failure>),
    /// The stage cannot be run here: a port is in use, an address is missing …
    NotJudged(String),
}

/// A violated rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The rule as a sentence: `a repeated question is answered from the cache`.
    pub rule: String,
    /// The expected behaviour.
    pub expected: String,
    /// The observed behaviour.
    pub got: String,
    /// The source of the rule, such as `RFC 1035 section 4.1.1`.
    pub rfc: &'static str,
    /// The messages that show the failure: they are drawn and dissected.
    pub messages: Vec<Message>,
    /// Messages around these: they are drawn.
    pub context: Vec<Message>,
    /// The output of the program; empty if it does not matter.
    pub output: String,
}

/// One message between the program and the judge, or one that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The time at which it was sent, or at the latest should have been.
    pub at: Instant,
    /// The sender.
    pub from: Side,
    /// The judge's end.
    pub peer: Peer,
    /// The address of the end that is the server: the judge for a client or an upstream query, else
    /// the program. Of a forged reply, the address that it comes from.
    pub server: SocketAddr,
    /// The transport.
    pub via: Via,
    /// The message, without the length that precedes it over TCP; none if it was never sent, or is
    /// the output of the program.
    pub octets: Option<Vec<u8>>,
    /// A few words that explain the message, or its absence.
    pub note: String,
    /// Whether it is the step by which the program violates the rule.
    pub is_wrong: bool,
}

/// The sender of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The program under test.
    Program,
    /// The judge, as a client or as a name server.
    Judge,
}

/// The role of the judge's end of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// A client of the server under test.
    Client,
    /// The reader of the output of the client under test.
    Output,
    /// A name server of these zones; of none if it answers the client under test.
    NameServer(String),
    /// A sender of forged replies.
    Forger,
}

impl Message {
    /// Returns whether the program sent this message to a name server.
    pub fn is_query_of_program(&self) -> bool {
        self.from == Side::Program
            && matches!(self.peer, Peer::NameServer(_))
            && self.octets.is_some()
    }
}

impl Failure {
    /// Creates a failure without messages.
    pub fn new(
        rule: impl fmt::Display,
        expected: impl fmt::Display,
        got: impl fmt::Display,
        rfc: &'static str,
    ) -> Failure {
        Failure {
            rule: rule.to_string(),
            expected: expected.to_string(),
            got: got.to_string(),
            rfc,
            messages: Vec::new(),
            context: Vec::new(),
            output: String::new(),
        }
    }

    /// Adds messages that show the failure.
    #[must_use]
    pub fn with_messages(mut self, messages: impl IntoIterator<Item = Message>) -> Failure {
        self.messages.extend(messages);
        let Failure {
            messages, context, ..
        } = &mut self;
        context.retain(|message| !messages.contains(message));
        self
    }

    /// Replaces the messages around these. Those that show the failure are not added again.
    #[must_use]
    pub fn with_context(mut self, messages: impl IntoIterator<Item = Message>) -> Failure {
        let messages = messages.into_iter();
        self.context = messages
            .filter(|message| !self.messages.contains(message))
            .collect();
        self
    }

    /// Adds the output of the program.
    #[must_use]
    pub fn with_output(mut self, text: impl Into<String>) -> Failure {
        self.output = text.into();
        self
    }

    /// Marks the first of these messages, by time, as the wrong one, instead of any other. Without
    /// such a message all stays as it is.
    #[must_use]
    pub fn mark(mut self, is_wrong: impl Fn(&Message) -> bool) -> Failure {
        let all = self.messages.iter_mut().chain(&mut self.context);
        let mut all: Vec<&mut Message> = all.collect();
        all.sort_by_key(|message| message.at);
        if let Some(wrong) = all.iter().position(|message| is_wrong(message)) {
            for (index, message) in all.into_iter().enumerate() {
                message.is_wrong = index == wrong;
            }
        }
        self
    }

    /// Adds a message that was never sent, and marks it as the wrong one.
    #[must_use]
    pub fn with_missing(mut self, missing: Message) -> Failure {
        self.context.push(missing.clone());
        self.mark(move |message| *message == missing)
    }

    /// Adds the upstream query whose absence led to the observed behaviour: it should have followed
    /// the last reply of a name server.
    #[must_use]
    pub fn because_of_missing(mut self, mut missing: Message) -> Failure {
        let is_reply = |message: &&Message| {
            message.from == Side::Judge && matches!(message.peer, Peer::NameServer(_))
        };
        let replies = self.context.iter().filter(is_reply);
        missing.at = replies.map(|reply| reply.at).max().unwrap_or(missing.at);
        self.got = format!("{}; {}", missing.note, self.got);
        self.with_missing(missing)
    }
}

impl From<Failure> for StageError {
    fn from(failure: Failure) -> StageError {
        StageError::Failed(Box::new(failure))
    }
}

impl From<Box<Failure>> for StageError {
    fn from(failure: Box<Failure>) -> StageError {
        StageError::Failed(failure)
    }
}

impl StageError {
    /// Creates the error of a stage that cannot be run here.
    pub fn not_judged(reason: impl fmt::Display) -> StageError {
        StageError::NotJudged(reason.to_string())
    }

    /// Changes the failure, if it is one.
    #[must_use]
    pub fn map_failure(self, change: impl FnOnce(Failure) -> Failure) -> StageError {
        match self {
            StageError::Failed(failure) => change(*failure).into(),
            not_judged => not_judged,
        }
    }
}
