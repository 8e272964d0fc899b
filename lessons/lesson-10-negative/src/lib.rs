//! Lesson 10: what there is not, and where to start.
//!
//! Lesson 9 keeps what servers say there is. Just as often they say that there is nothing, or say nothing at all, or say who else
//! should be asked; and each of these is worth remembering, in its own way and for its own time. [`SharedCache`] puts all of it
//! together, and gives it to the resolver of lesson 8, which then asks only what nobody has said yet.
//!
//! | module | remembers |
//! | --- | --- |
//! | [`negative_cache`] | what does not exist (RFC 2308, RFC 8020) |
//! | [`failure_cache`] | what could not be found out (RFC 9520) |
//! | [`delegation_cache`] | who serves which zone, as those above say and as the zone itself does |
//! | [`resolver_cache`] | all of these and lesson 9's cache: what is learned from a reply, and what a question needs |
//! | [`shared_cache`] | the same behind a lock and with the time, for the resolver |
//!
//! Who may say what was settled before anything gets here: lesson 6 takes out of each reply what its sender has no business to
//! say. So a server can put here what concerns its own zone, and nothing about anybody else's.

pub mod delegation_cache;
pub mod failure_cache;
pub mod negative_cache;
pub mod resolver_cache;
pub mod shared_cache;

pub use delegation_cache::DelegationCache;
pub use failure_cache::FailureCache;
pub use negative_cache::NegativeCache;
pub use resolver_cache::ResolverCache;
pub use shared_cache::SharedCache;
