//! The closest encloser proof (RFC 5155 section 8.3).

use crypto::Crypto;
use dnsparse::Name;

use crate::hashed_gap::HashedGap;
use crate::hashed_zone::HashedZone;

/// The closest encloser of a name that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encloser<'g, 'r> {
    /// The longest ancestor that exists.
    pub name: Name,
    /// The gap in which the *next closer* name lies: the ancestor that is one label longer. It does
    /// not exist, and so there is nothing at or below it.
    pub gap: &'g HashedGap<'r>,
}

/// Proves the closest encloser of a name: a record has its hash, and another one covers the hash of
/// the next closer name. Returns `None` if that is not proved, or the name itself exists.
///
/// A hash says nothing of the ancestors of its name, so they are hashed one by one, from the name
/// upwards: that is the work of CVE-2023-50868.
pub fn closest_encloser<'g, 'r>(
    zone: &'g HashedZone<'r>,
    name: &Name,
    crypto: &dyn Crypto,
) -> Option<Encloser<'g, 'r>> {
    todo!(
        "Go up from the name to the first ancestor in the zone that exists (`matching`). That it is the closest encloser is proved only if the ancestor before it does not exist (`covering`), and if the zone has names below it at all (`may_be_encloser`)."
    )
}
