//! Lesson 13: does the attack work, does the formula say how long it takes, and do the defences
//! hold?
//!
//! Most tests run in a small lab, in virtual time. All random numbers are seeded.
#![cfg(test)]

mod attacks;
mod guarded;
mod octets;
mod odds;

use lab::LabBuilder;

/// A lab with one zone, whose server keeps the case of names.
fn shop() -> LabBuilder {
    LabBuilder::new().zones(
        "
        $ORIGIN shop.example.
        @    NS  ns
        ns   A   192.0.2.3
        www  A   192.0.2.80
        ",
    )
}
