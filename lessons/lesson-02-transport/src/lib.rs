//! Lesson 2: sending a query and receiving its reply.
//!
//! [`sockets`] carries octets over the real network: one datagram over UDP, or a stream over TCP.
//! [`mod@exchange`] builds on it and interprets the octets: it sends a query, waits for *its* reply
//! among all messages that arrive, sends the query again when none does, and repeats it over TCP
//! when the reply was truncated. It works over any [`network::Network`]: over sockets, and over the
//! lab.
//!
//! Between the two, and given, is `hold`: a reply with a malformed answer is kept back there, in
//! case a better one arrives.

pub mod address;
pub mod exchange;
mod hold;
mod parse_reply;
pub mod sockets;

pub use exchange::{Discarded, ExchangeError, Reply, RetryPolicy, exchange, reply_matches};
pub use parse_reply::parse_reply;
pub use sockets::Sockets;
