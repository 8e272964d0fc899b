//! Lesson 7: the walk from the root down.
//!
//! A resolver that knows nothing but where the root servers are asks one of them, is referred to others, asks one of those,
//! and so on, until somebody has the answer (RFC 1034 section 5.3.3). [`Walk`] is that, as a state machine: it says what has to
//! be asked next, and is told what came of it. It does no I/O and waits for nobody; who drives it may be a loop in a test, or a
//! task on a runtime with ten thousand others.
//!
//! ```text
//!            +--------------------------- heard: a referral ---------------------------+
//!            v                                                                         |
//!     +-------------+   Ask: these addresses          heard, silent    +---------------+----+
//!     |  at a zone  | ---------------------------------------------->  |  reads the reply   |
//!     +-------------+   AddressOf: these names            found        +---------------+----+
//!            ^                                                                         |
//!            +---------------- lame, or silent: without that server -------------------+---> Done
//! ```

pub mod hints;
mod named_root;
mod walk;
mod walk_trace;

pub use hints::root_hints;
pub use walk::{MAX_LISTED, MAX_LOOKUPS_PER_ZONE, MAX_SERVERS, Step, Walk, WalkFailure};
pub use walk_trace::WalkTrace;
