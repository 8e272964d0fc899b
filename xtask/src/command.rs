//! The subcommands, one file each.
//!
//! ```text
//! check (and open), progress, list    where a learner stands
//! hint, diff                          help
//! watch (over program)                check after each save
//! reset, skip (over replace)          stubs or solution put in place, own files backed up
//! scaffold, check my-own (my_own)     the branch of one's own, and the judge on its programs
//! lab, judge, guide (over program)    programs of other packages, started
//! generate, verify (and mutants),
//! pictures (over guide)               for maintainers
//! completions                         a script for the shell
//! tutor                               no solution before the learner asks, for assistants
//! welcome                             `cargo xtask` alone
//! lesson_args, stub_args              the lessons on a command line, and functions of one
//! ```

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod generate;
pub(crate) mod guide;
pub(crate) mod hint;
pub(crate) mod judge;
pub(crate) mod lab;
pub(crate) mod lesson_args;
pub(crate) mod list;
pub(crate) mod my_own;
pub(crate) mod progress;
pub(crate) mod quiz;
pub(crate) mod reset;
pub(crate) mod scaffold;
pub(crate) mod skip;
mod tutor;
pub(crate) mod verify;
pub(crate) mod watch;
pub(crate) mod welcome;

mod open;
mod program;
mod replace;
mod stub_args;
