//! Lesson 11: whom to ask.
//!
//! A zone has several servers, so that some of them may fail. Which of them is near, which is far, which is gone, nobody tells a
//! resolver: it has to learn that from every question it asks, at the least cost for whoever is waiting for the answer.
//!
//! | module | knows |
//! | --- | --- |
//! | [`estimate`] | how long a server takes, and so how long to wait for it (RFC 6298) |
//! | [`server_state`] | all that is remembered of one server: quick or slow, alive or dead, with EDNS or without |
//! | [`mod@pick`] | which one of a zone's servers is asked next |
//! | [`address_policy`] | which addresses nobody should ever be sent to |
//! | [`selector`] | brings them together, as the [`ServerSelection`](chase::ServerSelection) of lesson 8's resolver |

pub mod address_policy;
pub mod estimate;
pub mod pick;
pub mod selector;
pub mod server_state;

pub use address_policy::{AddressPolicy, has_ipv6};
pub use estimate::Estimate;
pub use pick::{Candidate, pick};
pub use selector::Selector;
pub use server_state::ServerState;
