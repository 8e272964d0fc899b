//! Lesson 12: a recursive resolver.
//!
//! Everything is there: packets, sockets, manners, the walk, the chase, a memory, and a choice of servers. What is left is to serve
//! many at a time: to know who may ask, what need not be asked, who else is asking the same, and what to say when there is no
//! answer.
//!
//! | module | does |
//! | --- | --- |
//! | [`access_control`] | who may ask |
//! | [`special_names`] | names that are answered here |
//! | [`flights`] | one search for all who ask the same, and not too many searches |
//! | [`reply`] | what an client gets, and why there is nothing |
//! | [`priming`] | who the root servers are today |
//! | [`recursive`] | all of it together |
//! | [`udp`], [`tcp`] | sockets before it |

pub mod access_control;
pub mod flights;
pub mod priming;
pub mod recursive;
pub mod reply;
pub mod special_names;
pub mod tcp;
pub mod udp;

pub use access_control::{AccessControl, parse_network};
pub use flights::Flights;
pub use priming::{keep_primed, prime};
pub use recursive::{Counters, Recursive};
pub use special_names::SpecialNames;
pub use tcp::serve_tcp;
pub use udp::serve_udp;
