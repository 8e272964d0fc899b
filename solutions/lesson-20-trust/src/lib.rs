//! Lesson 20: the decisions of a resolver that validates.
//!
//! Lessons 15 to 19 decide whether an answer is secure. A resolver needs that many thousand times a
//! second, for years, and among operators who make mistakes. This crate has the decisions that are
//! left:
//!
//! | module | decides |
//! | --- | --- |
//! | [`reply`] | what a client sees of a security status: RCODE, AD, the extended error |
//! | [`retries`] | which RRset is fetched again, from other servers, after a bogus answer |
//! | [`bogus_cache`] | for how long an answer is known to be bogus (RFC 9520) |
//! | [`exceptions`] | which zones are not validated, until a day (RFC 7646) |
//! | [`validity`] | whether the clock is far wrong; [`calendar`] reads and writes dates |
//! | [`key_state`], [`trust_point`], [`refresh`] | which keys become trust anchors, and which stop to be (RFC 5011) |
//! | [`root_history`] | the true keys of the root, to try that with |
//! | [`gap_cache`], [`synthesis`] | which answers follow from those that were validated before (RFC 8198) |
//!
//! No I/O: records, statuses and times in, a decision out. So years pass in a test of a millisecond.

pub mod bogus_cache;
pub mod calendar;
pub mod exceptions;
pub mod gap_cache;
pub mod key_state;
pub mod refresh;
pub mod reply;
pub mod retries;
pub mod root_history;
pub mod synthesis;
pub mod trust_point;
pub mod validity;
