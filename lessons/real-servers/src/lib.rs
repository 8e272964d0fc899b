//! Starts real name servers and resolvers for tests: nsd, BIND's named, knotd, unbound,
//! pdns_recursor and kresd.
//!
//! Each server gets a temporary folder with its configuration, runs in the foreground on loopback,
//! and is ended when its [`RunningServer`] is dropped, whether the test passes or panics. A test
//! that needs a program asks [`require_programs`] first; where the program is missing, the test is
//! skipped and says so, except with `CI=true`, where it fails.
//!
//! | module | does |
//! | --- | --- |
//! | [`require`] | finds programs; skips tests |
//! | [`running`] | a server's folder, its process, and the wait until it answers |
//! | [`namespace`] | network namespaces: loopback addresses and port 53 for one test alone |
//! | [`authoritative`], [`resolvers`] | the configuration of each server |
//! | [`every_type`] | the zone with a record of every type, as each server reads it |
//!
//! A function panics where it cannot do its work: for a test that is the right end.

#![expect(
    clippy::unwrap_used,
    reason = "a server that does not start is a failed test"
)]

pub mod authoritative;
pub mod every_type;
pub mod namespace;
pub mod require;
pub mod resolvers;
pub mod running;

pub use authoritative::{knot, named, named_over_tls, nsd};
pub use require::{command, require_programs, skip};
pub use resolvers::{
    kresd, pdns_recursor, pdns_recursor_with, unbound, unbound_encrypted, unbound_with,
    unbound_with_stubs, unbound_with_stubs_and,
};
pub use running::{RunningServer, ServerFolder, ZoneText, free_address};
