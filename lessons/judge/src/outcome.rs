//! [`Failure`]: what a stage has to say when a program does not do what it should.
//!
//! A failure names the promise that was broken, what was expected and what happened, which section of which RFC says so,
//! and it holds the messages that show it, as octets: [`crate::report`] dissects them.

use std::fmt;
use std::net::SocketAddr;

use network::Via;

/// Why a stage is not passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The program is wrong.
    Failed(Box<Failure>),
    /// Nothing can be said about the program here: a port is taken, an address is missing …
    Unjudged(String),
}

/// What a program did instead of what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What should hold, as a sentence: `a repeated question is answered from the cache`.
    pub promise: String,
    /// What should have come.
    pub expected: String,
    /// What came instead.
    pub got: String,
    /// Who says so, in the house's form of a citation.
    pub rfc: &'static str,
    /// The messages that show it, in the order in which they were sent.
    pub messages: Vec<Message>,
    /// What the program printed; empty if nothing of interest.
    pub printed: String,
}

/// One message, on its way from one side to the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who sent it.
    pub from: Side,
    /// The address of the judge's own end, or of the program's, whichever serves.
    pub server: SocketAddr,
    /// How it travelled.
    pub via: Via,
    /// The message, without the two octets of length that TCP has before it.
    pub octets: Vec<u8>,
}

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The program that is judged.
    Program,
    /// The judge, in whatever part.
    Judge,
}

impl Failure {
    /// A failure, as yet without messages.
    pub fn new(
        promise: impl fmt::Display,
        expected: impl fmt::Display,
        got: impl fmt::Display,
        rfc: &'static str,
    ) -> Failure {
        Failure {
            promise: promise.to_string(),
            expected: expected.to_string(),
            got: got.to_string(),
            rfc,
            messages: Vec::new(),
            printed: String::new(),
        }
    }

    /// With the messages that show it.
    #[must_use]
    pub fn with(mut self, messages: impl IntoIterator<Item = Message>) -> Failure {
        self.messages.extend(messages);
        self
    }

    /// With what the program printed.
    #[must_use]
    pub fn printed(mut self, text: impl Into<String>) -> Failure {
        self.printed = text.into();
        self
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Failed(Box::new(failure))
    }
}

impl From<Box<Failure>> for Stop {
    fn from(failure: Box<Failure>) -> Stop {
        Stop::Failed(failure)
    }
}

impl Stop {
    /// Nothing can be said, for this reason.
    pub fn unjudged(reason: impl fmt::Display) -> Stop {
        Stop::Unjudged(reason.to_string())
    }
}
