//! Lesson 19: proofs of absence with hashed names, and bounds on the work that a validation may cost.
//!
//! NSEC records list a zone to every client that asks for them one by one. NSEC3 records have hashes
//! in the place of names (RFC 5155): a proof shows that the hash of a name lies in a gap. Hashes have
//! no ancestors, so that the closest encloser has to be proved, too. And hashing is work that an
//! attacker can order, as verifying is (CVE-2023-50868, KeyTrap): [`Meter`] bounds both.
//!
//! No I/O and no clock: records in, a decision out. [`NsecAndNsec3`] is what a validator of lesson 18
//! uses.

mod closest_encloser;
mod denial;
mod hash;
mod hashed_gap;
mod hashed_zone;
mod meter;
mod proofs;

pub use closest_encloser::{Encloser, closest_encloser};
pub use denial::{closest_match, cut, denial};
pub use hash::{Hash, MAX_ITERATIONS, Params, hash_name};
pub use hashed_gap::HashedGap;
pub use hashed_zone::{HashedZone, Unusable};
pub use meter::{Limits, Meter};
pub use proofs::NsecAndNsec3;
