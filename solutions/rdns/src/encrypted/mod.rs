//! Encrypted transports: DNS over TLS (RFC 7858) and DNS over HTTPS (RFC 8484).
//!
//! | module | does |
//! | --- | --- |
//! | [`certificate`] | the certificate and its key, read from files, and replaced by a reload |
//! | [`pem`], `private_key` | what is wrong with a file of certificates or keys |
//! | [`validity`] | whether the certificate has expired |
//! | [`authentication`] | whether a server over TLS is the intended one |
//! | [`incoming`] | opens TLS connections of clients |
//! | [`outgoing`] | opens TLS connections to servers |
//! | [`fault`] | why a TLS connection failed, in words |
//! | [`pool`], `connection` | one TLS connection to each forwarder, for many queries at the same time |
//! | `health` | whether such a server gives replies, for the log |
//! | `outstanding` | the queries on such a connection without a reply |
//! | [`https`] | serves DNS over HTTPS: HTTP/2 and HTTP/1.1 inside TLS |
//! | [`padding`] | pads queries and replies, so that their sizes tell less (RFC 7830, RFC 8467) |
//!
//! There is no DNS over QUIC: it would bring a second transport with a congestion control of its
//! own, and the clients that speak it speak TLS as well.

pub mod authentication;
pub mod certificate;
mod connection;
pub mod fault;
mod health;
pub mod https;
pub mod incoming;
pub mod outgoing;
mod outstanding;
pub mod padding;
pub mod pem;
pub mod pool;
mod private_key;
pub mod validity;
