//! [`KeyState`]: what a resolver knows of one key of a trust point (RFC 5011 section 4).
//!
//! ```text
//!                      NewKey               AddTime
//!          Start --------------> AddPending --------> Valid <---------+
//!            ^                       |                |   |  KeyRem   | KeyPres
//!            |       KeyRem          |         RevBit |   +-------> Missing
//!            +-----------------------+                |               | RevBit
//!                                                     v               |
//!          Removed <------------------------------ Revoked <----------+
//!                             RemTime
//! ```

/// The seconds for which a new key waits before it is trusted, and a revoked one before it is
/// forgotten: 30 days (RFC 5011 sections 2.4.1 and 2.4.2).
pub const HOLD_DOWN: u32 = 30 * 86_400;

/// The state of a key. Times are in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// The resolver has not seen the key, or not without a break.
    Start,
    /// The key is new. It is not trusted: an attacker with a stolen key could have added it.
    AddPending {
        /// The time before which it is not trusted.
        until: u32,
    },
    /// The key is trusted.
    Valid,
    /// The key is trusted, and was not among the zone's keys the last time.
    Missing,
    /// The zone has withdrawn the key.
    Revoked {
        /// The time before which the resolver keeps account of it.
        until: u32,
    },
    /// The key was withdrawn long ago. It is kept in this state, so that it is never trusted again.
    Removed,
}

/// What a DNSKEY RRset says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sighting {
    /// The key is in it, without the flag REVOKE. A trusted key has signed the RRset.
    Present,
    /// The key is not in it. A trusted key has signed the RRset.
    Absent,
    /// The key is in it with the flag REVOKE, and has signed the RRset itself.
    Revoked,
}

impl KeyState {
    /// Returns the state after a sighting at the time `now`. A new key waits for `hold_down` seconds:
    /// [`HOLD_DOWN`], or the TTL of the DNSKEY RRset, if that is longer.
    #[must_use]
    pub fn after(self, sighting: Sighting, now: u32, hold_down: u32) -> KeyState {
        todo!(
            "Follow the arrows of the picture above. Present: Start becomes AddPending until the hold-down is over; AddPending becomes Valid, if its time has come; Missing becomes Valid. Absent: AddPending starts over; Valid becomes Missing; Revoked becomes Removed, if its time has come. Revoked: AddPending starts over; Valid, Missing and Revoked become Revoked until HOLD_DOWN seconds from now. Everything else stays as it is."
        )
    }

    /// Whether the key is a trust anchor.
    pub fn is_trusted(self) -> bool {
        matches!(self, KeyState::Valid | KeyState::Missing)
    }
}
