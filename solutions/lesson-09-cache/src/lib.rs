//! Lesson 9: a cache of RRsets, bounded by time, trust and size.
//!
//! A resolver may repeat a record for as long as its TTL allows, and not a second longer. Caching
//! is most of what makes the DNS quick: nearly every question was asked a moment ago.
//!
//! | module | does |
//! | --- | --- |
//! | [`store`] | a bounded map whose entries expire, and its eviction |
//! | [`ttl`] | limits and counts down TTLs |
//! | [`cache`](mod@cache) | caches RRsets, each with its trust, and answers from them |
//! | [`host`] | caches the answers of a host's one server |
//!
//! Nothing in this crate reads a clock. Each function that depends on the time takes it as a
//! parameter, so that a day passes in a test by adding a day.

pub mod cache;
pub mod host;
pub mod store;
pub mod ttl;

pub use cache::{Cache, CachedRrset, Trust, rrsets};
pub use host::{CachedAnswer, HostCache};
pub use store::Store;
