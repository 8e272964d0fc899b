//! Lesson 10: what there is not, and where to start.
//!
//! Lesson 9 keeps what servers say there is. Just as often they say that there is nothing, or say nothing at all, or say who else
//! should be asked; and each of these is worth remembering, in its own way and for its own time. [`Memory`] puts all of it
//! together, and gives it to the resolver of lesson 8, which then asks only what nobody has said yet.
//!
//! | module | remembers |
//! | --- | --- |
//! | [`absence`] | what does not exist (RFC 2308, RFC 8020) |
//! | [`failure`] | what could not be found out (RFC 9520) |
//! | [`cuts`] | who serves which zone, as those above say and as the zone itself does |
//! | [`facts`] | all of these and lesson 9's cache: what is learned from a reply, and what a question needs |
//! | [`memory`] | the same behind a lock and with the time, for the resolver |
//!
//! Who may say what was settled before anything gets here: lesson 6 takes out of each reply what its sender has no business to
//! say. So a server can put here what concerns its own zone, and nothing about anybody else's.

pub mod absence;
pub mod cuts;
pub mod facts;
pub mod failure;
pub mod memory;

pub use absence::{Absence, Absences};
pub use cuts::Cuts;
pub use facts::Facts;
pub use failure::Failures;
pub use memory::Memory;
