//! Lesson 14: quotas.
//!
//! The limits of lesson 8 bound the work for one query. But a client may send ten thousand queries,
//! a zone may have ten thousand names, and a victim may be sent ten thousand replies. Here each of
//! the three gets a bound of its own:
//!
//! | module | bounds | for each |
//! | --- | --- | --- |
//! | [`shares`] | the places that hold queries in work | client |
//! | [`rate_limit`] | the replies over UDP | network of clients |
//! | [`zone_budget`] | the outstanding upstream queries | zone |
//! | [`places`] | keeps some of the places for clients that prove their address (given) | |
//! | [`prefix`] | | the address that stands for a client, or for a network |
//! | [`zone_quota`] | puts the budgets before lesson 11's selection of servers (given) | |
//! | [`flood`] | floods a resolver in the lab, with the quotas and without (given) | |
//!
//! All of them are tables and numbers: no I/O, and the time is a parameter. And each table has a
//! bound itself, since an attacker chooses its keys.

#[cfg(feature = "flood")]
pub mod flood;
pub mod places;
pub mod prefix;
pub mod rate_limit;
pub mod shares;
pub mod zone_budget;
pub mod zone_quota;

pub use places::{Places, Pool};
pub use rate_limit::{RateLimit, Verdict};
pub use shares::Shares;
pub use zone_budget::ZoneBudgets;
pub use zone_quota::ZoneQuota;
