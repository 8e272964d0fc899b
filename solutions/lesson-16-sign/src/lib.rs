//! Lesson 16: one RRset against one signature.
//!
//! An RRSIG record is a signature over a whole RRset, with the conditions under which it holds: the
//! zone that signed, the time, the TTL, the owner's number of labels. This crate rebuilds the octets
//! that the signer signed, which differ from those that came over the wire, checks the conditions, and lets [`crypto::Crypto`] verify the rest.
//!
//! No I/O and no clock: records and a time in, a decision out.

mod canonical;
mod conditions;
mod signed_owner;
mod time;
mod verify;

pub use canonical::canonical_rrset;
pub use conditions::{Unverified, unmet_condition};
pub use signed_owner::signed_owner;
pub use time::{is_valid_at, remaining};
pub use verify::{MAX_CANDIDATES, Verified, ZoneKeys, signed_octets, verify};
