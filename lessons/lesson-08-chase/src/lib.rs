//! Lesson 8: the chase, and the limits of a search.
//!
//! One walk leads to one zone. A search for an answer may take several walks: one after another,
//! when an alias leads on to the next name; and nested in each other, when the names of a zone's
//! servers have to be looked up themselves. An attacker who wants to keep a resolver busy can build
//! both into loops, or into trees that grow with every step. So this lesson is about chasing, and
//! about limits:
//!
//! | limit | for one answer, at most | because |
//! | --- | --- | --- |
//! | [`MAX_ALIASES`] | 16 aliases on the way to it | a chain of aliases may be a loop |
//! | [`MAX_NESTING`] | 8 walks nested in each other | a server's name may need a server … |
//! | [`MAX_LOOKUPS`] | 16 walks for servers' names | a tree of server names grows in width, too |
//! | [`MAX_LOOKUPS_PER_ZONE`] | 13 of them for one zone | a zone may list servers that do not exist |
//! | [`MAX_FUTILE`] | 16 queries to the servers of one zone without a usable reply | a zone may list 160 addresses that refuse |
//! | [`BUDGET`] | 100 upstream queries | each walk may meet servers whose replies are unusable |
//! | [`DEADLINE`] | 4.5 seconds | the client gives up after 5 |
//!
//! | module | does |
//! | --- | --- |
//! | [`chase`] | follows aliases from name to name |
//! | [`stack`] | holds the walks that are nested in each other |
//! | `search` | holds the limits, and what a search has used up |
//! | [`resolver`] | drives chase and walks |
//! | `upstream`, `attempt`, `interpret` | query a server, and interpret its reply (given) |
//! | `lookup`, `lookup_limits` | find the address of a server, within limits (given) |
//! | `failover`, `late` | go on after a timeout: with other servers, or with a late reply (given) |
//! | `minimise`, `denied_parts` | show a server no more of the name than it needs (given) |
//! | `futile` | bounds the queries to the servers of one zone without a usable reply (given) |
//! | `sharing` | shares one upstream query among all searches that need it (given) |
//! | `last_resort` | finds something more to try before a walk fails (given) |
//! | [`dnssec`] | asks for signatures, and hands them to validation (given) |
//! | `ds` | finds the parent zone that has the DS records of a zone (given) |
//! | [`hooks`] | where lessons 9 to 11 put the cache and the selection of servers (given) |
//! | [`resolution`], `trace` | the result of a search, and its steps as text (given) |

mod attempt;
pub mod chase;
mod denied_parts;
pub mod dnssec;
mod ds;
mod failover;
mod futile;
pub mod hooks;
mod interpret;
mod last_resort;
mod late;
mod lookup;
mod lookup_limits;
mod minimise;
pub mod resolution;
pub mod resolver;
mod search;
mod sharing;
pub mod stack;
mod trace;
mod upstream;

pub use chase::{Chase, Next};
pub use dnssec::{Dnssec, Reason, ReceivedReply, Security, SignatureKeeper};
pub use futile::MAX_FUTILE;
pub use hooks::{
    Attempt, AttemptOutcome, InOrder, Knowledge, LocalNames, Routes, ServerSelection, TimeoutCounts,
};
pub use lookup_limits::{MAX_LOOKUPS, MAX_LOOKUPS_PER_ZONE};
pub use minimise::QnameMinimisation;
pub use resolution::{MAX_ALIASES, Resolution, ResolutionFailure};
pub use resolver::Resolver;
pub use search::{BUDGET, DEADLINE};
pub use stack::{MAX_NESTING, Stack};
pub use trace::Trace;
