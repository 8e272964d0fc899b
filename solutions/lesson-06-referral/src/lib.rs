//! Lesson 6: reading a reply, and not believing all of it.
//!
//! You asked one server, about one question, because somebody told you that it serves one zone. What it says can be exactly one
//! of six things, and [`classify`] says which. What it says *beyond* that (about other people's names, about servers nobody asked
//! for) is thrown away here, before anything else can see it: the rest of the resolver only ever holds what passed.
//!
//! No I/O, no clock: a packet in, a [`ReplyKind`] out.

mod bailiwick;
mod chain;
mod classify;
mod delegation;

pub use bailiwick::scrub;
pub use chain::{Chain, MAX_ALIASES, chain};
pub use classify::{Answer, Lame, Negative, ReplyKind, Unusable, classify};
pub use delegation::{Delegation, MAX_ADDRESSES, MAX_GLUE, NameServer, delegation};
