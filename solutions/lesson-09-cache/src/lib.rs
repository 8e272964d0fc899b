//! Lesson 9: remembering.
//!
//! Whoever was told something may repeat it for as long as its TTL says, and not a second longer. That is most of what makes
//! the DNS quick: nearly everything that is asked was asked a moment ago.
//!
//! | module | does |
//! | --- | --- |
//! | [`store`] | keeps things for a while, and never too many of them |
//! | [`ttl`] | says for how long |
//! | [`cache`](mod@cache) | keeps RRsets, each with who said it, and answers from them |
//! | [`host`] | what a single host does with it: asks its server only for what it does not know |
//!
//! There is no clock in here. Everything that depends on the time is told what time it is, so that in a test a day passes by
//! adding a day.

pub mod cache;
pub mod host;
pub mod store;
pub mod ttl;

pub use cache::{Cache, CachedRrset, Trust, rrsets};
pub use host::{CachedAnswer, HostCache};
pub use store::Store;
