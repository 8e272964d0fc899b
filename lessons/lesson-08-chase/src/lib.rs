//! Lesson 8: the whole way to an answer.
//!
//! One walk leads to one zone. An answer may take several, one after another, when an alias leads on to the next name; and
//! several within each other, when the servers of a zone have to be looked up themselves. Somebody who wants to keep a resolver
//! busy can build both into circles, or into trees that grow with every step. So this lesson is about chasing, and about limits:
//!
//! | limit | at most | because |
//! | --- | --- | --- |
//! | [`MAX_ALIASES`] | 16 aliases on the way to an answer | a chain of aliases may be a circle |
//! | [`MAX_NESTING`] | 8 walks within each other | a server's name may need a server, whose name … |
//! | [`MAX_LOOKUPS`] | 16 walks for servers' names for one answer | a tree of server names grows in width, too |
//! | [`BUDGET`] | 100 upstream queries for one answer | each of those may meet servers that are of no use |
//! | [`DEADLINE`] | 4.5 seconds | the asker gives up after 5 |
//!
//! | module | does |
//! | --- | --- |
//! | [`chase`] | from name to name along the aliases |
//! | [`stack`] | walks within walks |
//! | [`resolver`] | drives both over a network |
//! | [`hooks`] | where lessons 9 to 11 will put a memory and a choice |

pub mod chase;
pub mod hooks;
mod interpret;
pub mod resolver;
pub mod stack;
mod trace;

pub use chase::{Chase, MAX_ALIASES, Next, Resolution, ResolutionFailure};
pub use hooks::{Attempt, AttemptOutcome, InOrder, Knowledge, ServerSelection, TimeoutCounts};
pub use resolver::{BUDGET, DEADLINE, MAX_LOOKUPS, Resolver};
pub use stack::{MAX_NESTING, Stack};
pub use trace::Trace;
