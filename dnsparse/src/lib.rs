//! DNS messages and zone files.
//!
//! Start with [`types`]: its comments explain the whole message format. The rest turns those types
//! into octets and text and back:
//!
//! | module | does |
//! | --- | --- |
//! | [`types`] | the parts of a message: [`DnsPacket`], [`Header`], [`Record`], [`Rdata`] … |
//! | [`mod@rdata`] | RDATA of each record type, a file each |
//! | [`parse`] | octets → types, with nom |
//! | [`mod@write`] | types → octets, with name compression and truncation |
//! | [`text`] | names and fields ↔ presentation format |
//! | [`zone`] | records and whole zone files ↔ presentation format: [`Zone`] |
//! | [`mod@dissect`] | octets → an annotated hexdump; two messages compared by field ([`diff()`]) |
//! | [`canonical`] | the octets over which DNSSEC signs, and of which it makes digests |
//! | [`offsets`] | octets → the places of the question, the TTLs and the OPT record |
//! | [`tcp`] | messages one after another in a stream |
//! | [`helpers`] | small conveniences, which you may ignore and write anew |
//!
//! Two rooms are private: `wire` has the primitives of the wire format (numbers, names, character
//! strings, name compression), on which `parse`, `write` and `rdata` stand; `codes` has the numbers
//! with names.
//!
//! The crate needs `alloc`, but not `std`: its feature `std`, which is on by default, only enables
//! the feature of that name in its dependencies. The feature `serde` adds `Serialize` and
//! `Deserialize` for messages, records, names and numbers with names: presentation format in
//! human-readable formats, octets in others.
//!
//! There is no I/O here, no clock and no async. Parsing returns for any octets: it does not panic,
//! loops are impossible by construction, and memory stays within a small multiple of the input.
//!
//! ```
//! use dnsparse::{DnsPacket, Rdata};
//!
//! let reply = hex::decode(concat!(
//!     "1c8b 8580 0001 0001 0000 0000",                // header: a response with one answer
//!     "07 6578616d706c65 03 636f6d 00 0001 0001",     // question: example.com. IN A
//!     "c00c 0001 0001 0000012c 0004 c0000201",        // answer: owner is a pointer to octet 12
//! ).replace(' ', ""))?;
//! let packet = DnsPacket::parse(&reply)?;
//! assert_eq!(packet.answers[0].rdata, Rdata::A([192, 0, 2, 1].into()));
//! assert_eq!(packet.answers[0].owner.to_string(), "example.com.");
//! assert_eq!(packet.write()?, reply);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod canonical;
mod codes;
pub mod dissect;
mod edns;
mod error;
pub mod helpers;
mod name;
mod octets;
pub mod offsets;
pub mod parse;
pub mod rdata;
#[cfg(feature = "serde")]
mod serde_impl;
mod serial;
pub mod tcp;
pub mod text;
pub mod types;
mod wire;
pub mod write;
pub mod zone;

pub use canonical::RrsetError;
pub use codes::{SvcParamKey, UnknownMnemonic};
pub use dissect::{diff, dissect};
pub use edns::{ClientSubnet, Cookie, ExtendedError};
pub use error::{ParseError, ParseErrorKind, PathStep, WriteError};
pub use name::{Labels, MAX_LABEL, MAX_NAME, NameError};
pub use rdata::{AplItem, Gateway, Hints, SvcParam, TypeBitmap};
pub use serial::Serial;
pub use text::ZoneError;
pub use types::*;
pub use zone::Zone;
