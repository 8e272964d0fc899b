//! Lesson 10: negative answers, failures, and the zone to start from.
//!
//! Lesson 9 caches records. But servers send negative answers just as often, or send nothing, or
//! refer to other servers; and each of these is worth caching, in its own way and for its own time.
//! [`SharedCache`] puts all of them together, as the knowledge of lesson 8's resolver, which then
//! queries a server only for what is not cached.
//!
//! | module | caches |
//! | --- | --- |
//! | [`negative_cache`] | negative answers (RFC 2308, RFC 8020) |
//! | [`failure_cache`] | resolution failures (RFC 9520) |
//! | [`delegation_cache`] | the servers of each zone: its parent's list, and its own |
//! | `flush` | removes names by order of an administrator (given) |
//! | [`non_terminals`] | names that exist because names below them do (given) |
//! | [`resolver_cache`] | these and lesson 9's RRsets: stores replies, and finds answers |
//! | [`shared_cache`] | the same behind a lock and with a clock, for the resolver |
//!
//! Whether a server may send a record at all is decided before it gets here: lesson 6 removes the
//! records out of its bailiwick. So a server can fill this cache for its own zone, and for no
//! other.

pub mod delegation_cache;
pub mod failure_cache;
mod flush;
pub mod negative_cache;
pub mod non_terminals;
pub mod resolver_cache;
pub mod shared_cache;

pub use delegation_cache::DelegationCache;
pub use failure_cache::FailureCache;
pub use negative_cache::NegativeCache;
pub use resolver_cache::ResolverCache;
pub use shared_cache::SharedCache;
