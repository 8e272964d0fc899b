//! The cryptography of DNSSEC: a validator computes digests and verifies signatures through
//! [`Crypto`], and through nothing else.
//!
//! No cryptography is written here. [`Ring`] calls the crate of that name; what is left to do is to
//! bring the key of a DNSKEY record into the form that ring expects. Which algorithms a validator
//! *uses* is a decision of lesson 15; this crate only says which of them it *can* use.

mod public_key;
mod ring_crypto;

use dnsparse::Dnskey;

pub use ring_crypto::Ring;

/// Digests and signatures. A validator takes any implementation: [`Ring`], or one that counts, since
/// the number of verifications is what an attacker drives up.
pub trait Crypto: Send + Sync {
    /// Computes a digest of the type in a DS record: 1 SHA-1, 2 SHA-256, 4 SHA-384. Returns `None`
    /// for any other type.
    fn digest(&self, digest_type: u8, octets: &[u8]) -> Option<Vec<u8>>;
    /// Verifies that `signature` over `octets` was made with the private half of `key`.
    ///
    /// # Errors
    /// See [`SignatureError`].
    fn verify(&self, key: &Dnskey, octets: &[u8], signature: &[u8]) -> Result<(), SignatureError>;
    /// Whether the implementation has a key's algorithm, and takes its size.
    fn supports(&self, key: &Dnskey) -> bool;
    /// Whether work was refused because it would have been too much. Most implementations never do
    /// that; lesson 19 has one.
    fn is_exhausted(&self) -> bool {
        false
    }
}

/// The reason why a signature was not verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// An algorithm, or a size of key, that the implementation does not have.
    #[error("the algorithm is not supported")]
    Unsupported,
    /// The public key of the DNSKEY record is not one of its algorithm.
    #[error("the DNSKEY record's public key is malformed")]
    MalformedKey,
    /// The signature was not made with this key over these octets.
    #[error("the signature does not match the key and the records")]
    Mismatch,
    /// The implementation has done as much work as it may: nothing is known about the signature.
    #[error("too many signatures have been verified")]
    OverBudget,
}

/// SHA-1 (RFC 4034 section 5.1.3). NSEC3 records use the same digest, under a number of their own.
pub const SHA1: u8 = 1;
/// SHA-256 (RFC 4509).
pub const SHA256: u8 = 2;
/// SHA-384 (RFC 6605 section 2).
pub const SHA384: u8 = 4;

/// The algorithms of DNSKEY and RRSIG records that [`Ring`] verifies.
pub mod algorithm {
    /// RSA with SHA-1 (RFC 3110).
    pub const RSASHA1: u8 = 5;
    /// The same, for zones with NSEC3 records (RFC 5155 section 2).
    pub const RSASHA1_NSEC3_SHA1: u8 = 7;
    /// RSA with SHA-256 (RFC 5702).
    pub const RSASHA256: u8 = 8;
    /// RSA with SHA-512 (RFC 5702).
    pub const RSASHA512: u8 = 10;
    /// ECDSA on the curve P-256 with SHA-256 (RFC 6605).
    pub const ECDSAP256SHA256: u8 = 13;
    /// ECDSA on the curve P-384 with SHA-384 (RFC 6605).
    pub const ECDSAP384SHA384: u8 = 14;
    /// Ed25519 (RFC 8080).
    pub const ED25519: u8 = 15;
}
