//! Local names: the data and policy of this network, which no other server has.
//!
//! | module | does |
//! | --- | --- |
//! | [`data`] | answers from hosts files, single records and local zones |
//! | [`hosts`] | reads a hosts file |
//! | [`blocklists`] | blocks names, and says why |
//! | [`names`] | a set of millions of names, in 8 octets each |
//! | [`lists`] | reads a blocklist, in one of three forms |
//! | `domains` | reads a line of a list of domains |
//! | `rpz` | reads a response policy zone |
//! | [`rebinding`] | removes private addresses from public answers |
//! | [`front`] | puts all of this before lesson 12's resolver |

pub mod blocklists;
pub mod data;
mod domains;
pub mod front;
pub mod hosts;
pub mod lists;
pub mod names;
pub mod rebinding;
mod rpz;

pub use blocklists::Blocklists;
pub use data::LocalData;
pub use front::Front;
pub use rebinding::Rebinding;
