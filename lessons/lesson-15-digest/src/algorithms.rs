//! The algorithms that count (RFC 9904 and its IANA registries, RFC 9905, RFC 9906).
//!
//! RFC 9905 wants validators to be *able* to verify signatures with SHA-1, and their operators to
//! treat these as unsupported. The course decides as such an operator.

use crypto::algorithm::{ECDSAP256SHA256, ECDSAP384SHA384, ED25519, RSASHA256, RSASHA512};
use crypto::{SHA1, SHA256, SHA384};

/// Whether signatures of this algorithm prove anything.
///
/// A zone that is signed with other algorithms alone counts as *insecure*, as if it were unsigned. It
/// is not bogus: its operator made no mistake, the validator merely cannot tell (RFC 4035 section
/// 5.2). So a new algorithm can be deployed, and a broken one retired, without taking zones off the
/// Internet.
pub fn is_supported_algorithm(algorithm: u8) -> bool {
    todo!(
        "Return whether the algorithm is in use (see the table in the chapter), and `crypto` has it."
    )
}

/// Whether a digest of this type in a DS record proves anything.
///
/// SHA-1 still does. Its weakness is that two inputs with the same digest can be *made*, at great
/// cost; to make another key for a digest that stands in the parent zone is a far harder problem.
pub fn is_supported_digest(digest_type: u8) -> bool {
    matches!(digest_type, SHA1 | SHA256 | SHA384)
}
