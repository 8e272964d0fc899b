//! Tests of lesson 20: what does a resolver do with the security status of an answer, with its trust
//! anchors over the years, and with the proofs that it has validated?
//!
//! Time is virtual: each test says what time it is. The zones are those of lesson 18, signed while the
//! tests run.
#![cfg(test)]

mod clock;
mod exceptions;
mod gaps;
mod keys;
mod refresh;
mod reply;
mod retries;
mod root;

#[path = "../../lesson-18-chain/tests/tree/mod.rs"]
#[allow(dead_code)]
mod tree;
