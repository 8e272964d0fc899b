//! Lesson 6: classifying a reply, and accepting only what its sender may send.
//!
//! A resolver sends a query to one server, since the NS records of one zone list it. The reply can
//! be exactly one of seven things: five kinds of answer, a referral, or unusable. [`classify`]
//! decides which. Records *beyond* that (of names outside the zone, of servers that the referral
//! does not list) are dropped here, so that the rest of the resolver never sees them.
//!
//! No I/O, no clock: a packet in, a [`ReplyKind`] out.

mod bailiwick;
mod chain;
mod classify;
mod delegation;
mod ds;
mod duplicates;
mod malformed;
mod name_too_long;
mod reply_kind;

pub use bailiwick::scrub;
pub use chain::{Chain, MAX_ALIASES, chain};
pub use classify::classify;
pub use delegation::{Delegation, MAX_ADDRESSES, MAX_GLUE, MAX_SERVERS, NameServer, delegation};
pub use ds::is_child_side;
pub use reply_kind::{Answer, LAST_RESORT_TTL, Lame, Negative, ReplyKind, Unusable};
