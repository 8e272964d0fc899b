//! Lesson 12: a recursive resolver.
//!
//! All parts are there: packets, sockets, message rules, the walk, the chase, the cache, and the
//! selection of servers. What is left is to serve many clients at a time: to refuse those that may
//! not ask, to answer some names locally, to share one search among equal questions, and to say
//! why there is no answer.
//!
//! | module | does |
//! | --- | --- |
//! | [`access_control`] | decides which clients are answered |
//! | [`special_names`] | answers names that are not looked up |
//! | [`flights`] | shares one search among equal questions, and bounds the number of searches |
//! | [`reply`] | writes a resolution, or the reason of a failure, into a reply |
//! | [`priming`] | fetches the current root servers |
//! | [`recursive`] | combines these into a recursive resolver |
//! | [`validation`] | where lesson 20 puts the validator (given) |
//! | [`udp`], [`tcp`] | serve it over sockets (given) |
//! | `connections` | the open TCP connections (given) |

pub mod access_control;
mod connections;
pub mod flights;
pub mod priming;
pub mod recursive;
pub mod reply;
pub mod special_names;
pub mod tcp;
pub mod udp;
pub mod validation;

pub use access_control::{AccessControl, parse_network};
pub use connections::{Connection, Connections, GRACE, Work};
pub use flights::Flights;
pub use priming::{keep_primed, prime};
pub use recursive::{Counters, Recursive, ThreadRandom, overloaded, refused, set_flags};
pub use special_names::{Delegated, SpecialNames};
pub use tcp::{accept_connections, serve_layer, serve_tcp, serve_tcp_with_grace};
pub use udp::serve_udp;
pub use validation::Validation;
