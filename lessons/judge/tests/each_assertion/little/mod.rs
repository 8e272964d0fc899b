//! A little client and a little recursive server, both in this process, and right in all that the judge looks at; and each of them
//! wrong in one point, if asked to be.
//!
//! They show that every stage can be passed, and that each of its assertions can fail. Nobody should resolve anything with them.

mod cache;
pub(crate) mod client;
pub(crate) mod manners;
pub(crate) mod resolver;
pub(crate) mod server;
