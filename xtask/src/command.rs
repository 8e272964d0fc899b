//! The subcommands, a file each.

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
