//! Encrypted transports for clients: DNS over TLS (RFC 7858).
//!
//! | module | does |
//! | --- | --- |
//! | [`certificate`] | the certificate and its key, read from files, and replaced by a reload |
//! | [`padding`] | pads replies, so that their sizes tell less (RFC 7830, RFC 8467) |
//!
//! There is no DNS over QUIC: it would bring a second transport with a congestion control of its
//! own, and the clients that speak it speak TLS as well.

pub mod certificate;
pub mod padding;
