//! The time for which a signature is valid (RFC 4034 section 3.1.5).
//!
//! Inception and expiration are seconds since 1970 in 32 bits. These run out in 2106, and so they are
//! compared as serials (RFC 1982): a time is later than another if less than half of the circle lies
//! between them.

use dnsparse::Rrsig;

/// Whether `now` lies within the validity of a signature, its ends included.
pub fn is_valid_at(rrsig: &Rrsig, now: u32) -> bool {
    is_at_or_before(rrsig.inception, now) && is_at_or_before(now, rrsig.expiration)
}

/// Returns for how many seconds from `now` a signature is valid, if it is.
pub fn remaining(rrsig: &Rrsig, now: u32) -> u32 {
    match is_valid_at(rrsig, now) {
        true => rrsig.expiration.wrapping_sub(now),
        false => 0,
    }
}

/// Whether a time is the same as another, or before it, on the circle of 2^32 seconds.
pub(crate) fn is_at_or_before(earlier: u32, later: u32) -> bool {
    todo!("Compare the two times as serials, as described at the top of this file.")
}
