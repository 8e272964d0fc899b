//! Zones with servers of their own: those of `[[forward]]` and `[[stub]]`.
//!
//! The servers of a *stub* zone are authoritative: a walk for a name in it starts there instead of at
//! the root, and follows their referrals. The servers of a *forward* zone are recursive resolvers,
//! and are trusted with all names in it: they receive the whole question, with RD set. Everything
//! else is the same as for any zone: which server is queried, timeouts, the next one after a failure,
//! the cache.
//!
//! So this is four wrappers: [`Zoned`] around the cache, for the place where a walk starts,
//! [`Configured`] around the selection of servers, which admits addresses that public zones must not
//! name, [`Encrypting`] around the network, for forwarders over TLS, and the hooks of lesson 8 for RD
//! and the port. After a reload, [`changes`] keeps the answers of former servers out of the cache.

pub mod changes;
pub mod encrypted;
pub mod knowledge;
pub mod selection;
pub mod zones;

pub use encrypted::Encrypting;
pub use knowledge::Zoned;
pub use selection::Configured;
pub use zones::Zones;
