//! The hash of a name (RFC 5155 section 5).

use std::fmt;

use crypto::{Crypto, SHA1};
use data_encoding::BASE32HEX_NOPAD;
use dnsparse::Name;

/// The largest number of additional iterations with which a proof counts. A zone with more of them is
/// insecure (RFC 9276 section 3.2): each costs the validator a digest for each name that it hashes,
/// and costs an attacker who guesses names hardly more. unbound has this limit as well. BIND 9.20,
/// PowerDNS Recursor 5.0 and Knot Resolver have lowered theirs from 150 to 50.
pub const MAX_ITERATIONS: u16 = 150;

/// The hash of a name: a digest with SHA-1, the only algorithm that NSEC3 has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash(pub [u8; 20]);

/// The parameters of a zone's hashes, apart from the algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params<'r> {
    /// The number of times that a digest is digested again.
    pub iterations: u16,
    /// Octets that are appended each time.
    pub salt: &'r [u8],
}

impl Hash {
    /// Parses the first label of an NSEC3 record's owner: 32 digits of base 32, in any case.
    pub fn from_label(label: &[u8]) -> Option<Hash> {
        let octets = BASE32HEX_NOPAD.decode(&label.to_ascii_uppercase()).ok()?;
        Hash::from_octets(&octets)
    }

    /// Takes the hash of an NSEC3 record's RDATA.
    pub fn from_octets(octets: &[u8]) -> Option<Hash> {
        octets.try_into().ok().map(Hash)
    }
}

/// Shows a hash as the label of an NSEC3 record's owner.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE32HEX_NOPAD.encode(&self.0).to_ascii_lowercase())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Hashes a name. Returns `None` if `crypto` does no more work.
pub fn hash_name(name: &Name, params: Params<'_>, crypto: &dyn Crypto) -> Option<Hash> {
    let digest = iterated_digest(name.to_lowercase().wire(), params, crypto)?;
    Hash::from_octets(&digest)
}

/// Digests octets, and the digest again and again, each time with the salt behind it.
fn iterated_digest(octets: &[u8], params: Params<'_>, crypto: &dyn Crypto) -> Option<Vec<u8>> {
    let digest_salted = |octets: &[u8]| crypto.digest(SHA1, &[octets, params.salt].concat());
    // todo: Return the digest of the octets, and of that digest, as often as the zone wants it (RFC
    // 5155 section 5). Each time, it is a `digest_salted`; None ends the work.
    let mut digest = digest_salted(octets)?;
    for _ in 0..params.iterations {
        digest = digest_salted(&digest)?;
    }
    Some(digest)
    // end todo
}
