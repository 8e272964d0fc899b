//! The subcommands, one file each.
//!
//! ```text
//! check, progress, hint, diff         where a learner stands
//! reset, skip (over replace)          stubs or solution put in place, own files backed up
//! scaffold, check my-own (my_own)     the branch of one's own, and the judge on its programs
//! lab, judge (over program)           programs of other packages, started
//! generate, verify                    for maintainers
//! welcome                             `cargo xtask` alone
//! ```

pub(crate) mod check;
pub(crate) mod diff;
pub(crate) mod generate;
pub(crate) mod hint;
pub(crate) mod judge;
pub(crate) mod lab;
pub(crate) mod my_own;
pub(crate) mod progress;
pub(crate) mod reset;
pub(crate) mod scaffold;
pub(crate) mod skip;
pub(crate) mod verify;
pub(crate) mod welcome;

mod program;
mod replace;
