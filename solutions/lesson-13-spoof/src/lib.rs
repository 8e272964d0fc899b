//! Lesson 13: spoofed replies, and the defences against them.
//!
//! Over UDP, any host can send a datagram with any source address. A resolver accepts the first
//! message that looks like the reply to its query, and caches it for all its clients (RFC 5452).
//! So a reply has to be hard to guess. Here an attacker is written first, against a toy resolver
//! inside the lab; then the defences, which the finished resolver has switched on.
//!
//! | module | does |
//! | --- | --- |
//! | [`odds`] | computes the chance of a forged reply, and the time that an attack takes |
//! | [`attack`] | guesses port and id, and forges the reply |
//! | [`mod@case`] | mixes upper and lower case in the name of a query (0x20) |
//! | [`mod@inspect`] | tells the reply from a near miss |
//! | [`case_table`] | knows the servers that do not keep the case of a name |
//! | [`guard`] | combines these into a network for the resolver |
//! | [`toy`] | a resolver whose defences can be switched off (given) |
//! | [`mod@levels`], [`simulation`] | the defences one by one, and attacks in virtual time (given) |
//! | [`subjects`] | the checks that your own test is tried on (given) |
//!
//! Other defences are in place since the lesson that needed them: the random id (lesson 1), the
//! random port and the match of address, port, id and question (lesson 2), the bailiwick (lesson
//! 6), one query for equal questions (lessons 8 and 12), and the trust of a record (lesson 9).

pub mod attack;
pub mod case;
pub mod case_table;
pub mod guard;
pub mod inspect;
pub mod levels;
pub mod odds;
pub mod simulation;
pub mod subjects;
pub mod toy;

pub use attack::{Guess, SeenQuery, forge, guess};
pub use case::{has_same_case, mix_case};
pub use case_table::CaseTable;
pub use guard::{Settings, SpoofGuard};
pub use inspect::{Inspection, inspect};
pub use levels::{Defences, Level, levels};
pub use odds::{Space, hit_probability};
pub use simulation::{Outcome, simulate};
