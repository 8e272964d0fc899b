//! Lesson 2: from a packet to a reply.
//!
//! [`sockets`] carries octets over the real network: one datagram over UDP, or a stream over TCP. [`mod@exchange`] stands
//! above it and knows what the octets mean: it sends a query, waits for *its* reply among whatever else arrives, asks
//! again when nothing does, and turns to TCP when the reply was cut short. It works over any [`network::Network`]: over
//! sockets, and over the lab.
//!
//! Between the two, and given, is `sieve`: a reply in which a record is malformed waits there for a better one.

pub mod address;
pub mod exchange;
mod sieve;
pub mod sockets;

pub use exchange::{Discarded, ExchangeError, Reply, RetryPolicy, exchange, is_reply};
pub use sockets::Sockets;
