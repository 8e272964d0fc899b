//! Lesson 15: from a DS record to the key that it vouches for.
//!
//! A zone publishes its public keys in DNSKEY records, and an attacker can forge such records. A DS
//! record of the *parent* zone holds the digest of one of them, so a key that matches it is the
//! child zone's true key: as true as the parent's records are. This crate finds the keys that match,
//! and tells three cases apart that must never be mixed up: the zone's keys, a zone that counts as
//! unsigned, and keys that are wrong.
//!
//! No I/O and no clock: records in, a decision out.

mod algorithms;
mod ds;
mod entry_points;
mod key_tag;

pub use algorithms::{is_supported_algorithm, is_supported_digest};
pub use ds::{is_zone_key, matches};
pub use entry_points::{EntryPoints, MAX_DS, MAX_KEYS, secure_entry_points};
pub use key_tag::key_tag;
