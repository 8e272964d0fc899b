//! The commands from outside: the built `xtask`, run on a toy course as a learner or a maintainer
//! would.

#![cfg(test)]

mod graded;
mod hostile;
mod learner;
mod maintainer;
mod originals;
mod passes;
mod questions;
mod suspects;
mod tools;
mod toy;
