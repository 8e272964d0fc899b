//! Lesson 17: proofs that something does not exist, with NSEC records.
//!
//! A signer cannot sign an answer to every question that has none. It signs the gaps instead: each
//! NSEC record has two neighbours in the canonical order of the zone's names, and the types of the
//! first one. A name that lies between them does not exist. This crate decides what a set of NSEC
//! records proves. Their signatures were verified by lesson 16.
//!
//! No I/O, no clock, no cryptography: records in, a decision out.

mod closest_encloser;
mod denial;
mod gap;
mod wildcard;

pub use closest_encloser::closest_encloser;
pub use denial::{Denial, denial, is_insecure_delegation};
pub use gap::Gap;
pub use wildcard::is_closest_match;
