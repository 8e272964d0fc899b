//! Lesson 7: the walk from the root down.
//!
//! A resolver starts from the root servers alone: it queries one of them, is referred to the
//! servers of a zone below, queries one of those, and so on, until a server has the answer (RFC
//! 1034 section 5.3.3). [`Walk`] is that algorithm as a state machine: it returns the query that it
//! needs next, and takes the reply. It does no I/O and never waits; its driver may be a loop in a
//! test, or a task on a runtime with ten thousand others.
//!
//! ```text
//!            +------------------- handle_kind: a referral ------------------+
//!            v                                                              |
//!     +-------------+  Ask: addresses     handle_reply, handle_failure  +---+-------+
//!     |  in a zone  | ------------------------------------------------> | the reply |
//!     +-------------+  AddressOf: names   handle_addresses              +---+-------+
//!            ^                                                              |
//!            +---- give_up: unusable, or none; without that address --------+-----> Done
//! ```

pub mod hints;
mod named_root;
mod walk;
mod walk_trace;

pub use hints::root_hints;
pub use referral::MAX_SERVERS;
pub use walk::{MAX_LISTED, Step, Walk, WalkFailure, WalkResult};
pub use walk_trace::WalkTrace;
