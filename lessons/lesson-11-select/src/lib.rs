//! Lesson 11: server selection.
//!
//! A zone has several servers, so that some of them may fail. Nothing in the DNS says which of them
//! is near, which is far, and which is down: a resolver has to measure that with its own queries,
//! at the least cost for the clients that wait for their answers.
//!
//! | module | does |
//! | --- | --- |
//! | [`rtt`] | estimates a server's round-trip time, and derives the timeout (RFC 6298) |
//! | [`server_state`] | keeps the state of one server: round-trip time, timeouts, EDNS support |
//! | [`mod@pick`] | picks the server to query next |
//! | [`address_policy`] | excludes addresses that are never queried |
//! | [`query_types`] | keeps apart servers that fail, and servers that fail for one type (given) |
//! | [`route_check`] | knows which address families this machine has a route for (given) |
//! | [`selector`] | combines them into a [`ServerSelection`](chase::ServerSelection) (lesson 8) |

pub mod address_policy;
pub mod pick;
pub mod query_types;
pub mod route_check;
pub mod rtt;
pub mod selector;
pub mod server_state;

pub use address_policy::AddressPolicy;
pub use pick::{Candidate, pick};
pub use query_types::QueryTypes;
pub use route_check::{RouteCheck, has_ipv6, has_route};
pub use rtt::RttEstimate;
pub use selector::Selector;
pub use server_state::ServerState;
