//! Lesson 12: a recursive server.
//!
//! Everything is there: packets, sockets, manners, the walk, the chase, a memory, and a choice of servers. What is left is to serve
//! many at a time: to know who may ask, what need not be asked, who else is asking the same, and what to say when there is no
//! answer.
//!
//! | module | does |
//! | --- | --- |
//! | [`access`] | who may ask |
//! | [`special`] | names that are answered here |
//! | [`flights`] | one search for all who ask the same, and not too many searches |
//! | [`reply`] | what an asker gets, and why there is nothing |
//! | [`priming`] | who the root servers are today |
//! | [`recursive`] | all of it together |
//! | [`udp`], [`tcp`] | sockets before it |

pub mod access;
pub mod flights;
pub mod priming;
pub mod recursive;
pub mod reply;
pub mod special;
pub mod tcp;
pub mod udp;

pub use access::{Access, parse_network};
pub use flights::Flights;
pub use priming::{keep_primed, prime};
pub use recursive::{Figures, Recursive};
pub use special::Special;
pub use tcp::serve_tcp;
pub use udp::serve_udp;
