//! [`fn@inspect`]: tells the reply to a query from a *near miss*.
//!
//! A datagram that reaches the socket comes from the server's address and port, and was sent to the
//! right port: the system has checked that (lesson 2). If its id is wrong all the same, it is no
//! accident: a forger has guessed the port.

use dnsparse::Header;

use crate::case::{has_same_case, question};

/// The result of a comparison of query and message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inspection {
    /// It may be the reply. (Lesson 2 checks again, and discards what is no reply at all.)
    Pass,
    /// All is right but the letter case of the name: a forgery, or a server that does not keep it.
    WrongCase,
    /// The id or the question is wrong.
    NearMiss,
}

/// Compares a message with the query, as that was sent.
///
/// A message that is no response (QR) or has no header passes: it is no attempt to forge one. So
/// does one without a question, which lesson 2 accepts only as a failure.
pub fn inspect(query: &[u8], message: &[u8]) -> Inspection {
    todo!(
        "Compare what a reply copies from its query. A message that is no attempt to forge a reply passes, as described above."
    )
}
