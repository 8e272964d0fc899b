//! Lesson 11: whom to ask.
//!
//! A zone has several servers, so that some of them may fail. Which of them is near, which is far, which is gone, nobody tells a
//! resolver: it has to learn that from every question it asks, at the least cost for whoever is waiting for the answer.
//!
//! | module | knows |
//! | --- | --- |
//! | [`estimate`] | how long a server takes, and so how long to wait for it (RFC 6298) |
//! | [`server`] | all that is remembered of one server: quick or slow, alive or dead, with EDNS or without |
//! | [`mod@pick`] | which one of a zone's servers is asked next |
//! | [`places`] | which addresses nobody should ever be sent to |
//! | [`selector`] | brings them together, as the [`Choice`](chase::Choice) of lesson 8's resolver |

pub mod estimate;
pub mod pick;
pub mod places;
pub mod selector;
pub mod server;

pub use estimate::Estimate;
pub use pick::{Candidate, pick};
pub use places::{Places, has_ipv6};
pub use selector::Selector;
pub use server::Server;
