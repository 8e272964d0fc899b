//! [`Validity`]: whether the clock is far wrong.
//!
//! A machine without a battery wakes up in 1970, and then all signatures of the Internet are from the
//! future. Its clock is set over the network soon after, from servers whose names have to be resolved
//! before that. The root's signature says how late it is, roughly: it is never older than three weeks.
//! It only *says* so. To take the time from it, and accept the rest, would let an attacker replay the
//! signatures of any day.

use crate::calendar::date;

/// The distance in seconds from the validity of the root's signature at which the clock is wrong, and
/// not merely a little late.
const TOLERANCE: u32 = 86_400;
/// The time in which a signature is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first second, since 1970.
    pub inception: u32,
    /// The last second.
    pub expiration: u32,
}

impl Validity {
    /// Returns a sentence about a clock that shows a time far outside; none for any other time.
    pub fn fault_of(self, now: u32) -> Option<String> {
        let Validity {
            inception,
            expiration,
        } = self;
        let is_early = now < inception.saturating_sub(TOLERANCE);
        let is_late = now > expiration.saturating_add(TOLERANCE);
        (is_early || is_late).then(|| {
            format!(
                "this machine's clock shows {}, and the root's keys are signed from {} to {}: until the clock is right, answers from signed zones are SERVFAIL, except for queries with CD",
                date(now),
                date(inception),
                date(expiration)
            )
        })
    }
}
