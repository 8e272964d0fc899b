//! [`Failure`]: a rule that a program violated, with the messages that show it.
//!
//! A failure holds the rule, the expected and the observed behaviour, the section of the RFC, and
//! the messages as octets: [`crate::report`] dissects them.

use std::fmt;
use std::net::SocketAddr;

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
    /// The messages that show the failure, in the order in which they were sent.
    pub messages: Vec<Message>,
    /// The output of the program; empty if it does not matter.
    pub output: String,
}

/// One message between the program and the judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The sender.
    pub from: Side,
    /// The address of the end that is the server: the judge for a client or an upstream query, else
    /// the program.
    pub server: SocketAddr,
    /// The transport.
    pub via: Via,
    /// The message, without the length that precedes it over TCP.
    pub octets: Vec<u8>,
}

/// The sender of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The program under test.
    Program,
    /// The judge, as a client or as a name server.
    Judge,
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
            output: String::new(),
        }
    }

    /// Adds messages that show the failure.
    #[must_use]
    pub fn with_messages(mut self, messages: impl IntoIterator<Item = Message>) -> Failure {
        self.messages.extend(messages);
        self
    }

    /// Adds the output of the program.
    #[must_use]
    pub fn with_output(mut self, text: impl Into<String>) -> Failure {
        self.output = text.into();
        self
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
}
