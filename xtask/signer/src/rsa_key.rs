//! RSA keys whose primes follow from a seed.
//!
//! Which numbers a crate tries in its search for primes may change with its version. So the search is
//! written here, and the crates only decide whether a number is a prime: that never changes.

use anyhow::{Context, Result};
use crypto_primes::{Flavor, is_prime};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rsa::sha2::Sha256;
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, Pkcs1v15Sign, PrivateKey};

/// The public exponent of nearly all keys in use.
const EXPONENT: u64 = 65_537;

/// The digest in a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    /// SHA-1 (RFC 3110).
    Sha1,
    /// SHA-256 (RFC 5702).
    Sha256,
}

/// An RSA key pair, which signs with one digest.
#[derive(Debug)]
pub(crate) struct RsaKey {
    key: PrivateKey,
    hash: Hash,
}

impl RsaKey {
    /// Derives a key whose modulus has a number of bits.
    pub(crate) fn derive(seed: &[u8], bits: u32, hash: Hash) -> Result<RsaKey> {
        let [p, q] = ["p", "q"].map(|role| prime(&[seed, role.as_bytes()].concat(), bits / 2));
        let key = PrivateKey::from_p_q(p?, q?, BoxedUint::from(EXPONENT))?;
        Ok(RsaKey { key, hash })
    }

    /// Returns the public key in the form of a DNSKEY record (RFC 3110 section 2).
    pub(crate) fn public_key(&self) -> Result<Vec<u8>> {
        let exponent = self.key.e_bytes();
        let length = u8::try_from(exponent.len()).context("the length of the exponent")?;
        Ok([&[length], &*exponent, &*self.key.n_bytes()].concat())
    }

    /// Signs octets. The signature is the same in each run (RFC 8017 section 8.2).
    pub(crate) fn sign(&self, octets: &[u8]) -> Result<Vec<u8>> {
        let (padding, algorithm) = match self.hash {
            Hash::Sha1 => (sha1(), &SHA1_FOR_LEGACY_USE_ONLY),
            Hash::Sha256 => (Pkcs1v15Sign::new::<Sha256>(), &SHA256),
        };
        let digest = digest(algorithm, octets);
        Ok(self.key.sign(padding, digest.as_ref())?)
    }
}

/// Returns the padding of signatures with SHA-1 (RFC 8017 section 9.2), whose crate is left out.
fn sha1() -> Pkcs1v15Sign {
    let prefix = [
        0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14,
    ];
    Pkcs1v15Sign {
        hash_len: Some(20),
        prefix: prefix.into(),
    }
}

/// Returns the first prime from a number on that follows from the seed. Its two highest bits are set,
/// so that the product of two such primes has twice as many bits.
fn prime(seed: &[u8], bits: u32) -> Result<BoxedUint> {
    let blocks = (0_u8..).flat_map(|block| {
        let octets = digest(&SHA256, &[seed, &[block]].concat());
        octets.as_ref().to_vec()
    });
    let length = usize::try_from(bits / 8)?;
    let mut octets: Vec<u8> = blocks.take(length).collect();
    if let Some(first) = octets.first_mut() {
        *first |= 0b1100_0000;
    }
    if let Some(last) = octets.last_mut() {
        *last |= 1;
    }
    let mut candidate = BoxedUint::from_be_slice(&octets, bits)?;
    while has_small_factor(&candidate) || !is_prime(Flavor::Any, &candidate) {
        candidate = candidate.wrapping_add(BoxedUint::from(2_u64));
    }
    Ok(candidate)
}

/// Whether a number has an odd factor below 256: that spares most of them the costly test.
fn has_small_factor(number: &BoxedUint) -> bool {
    let octets = number.to_be_bytes();
    let divides = |factor: u32| {
        let step = |rest: u32, octet: &u8| (rest << 8 | u32::from(*octet)) % factor;
        octets.iter().fold(0, step) == 0
    };
    (3..256).step_by(2).any(divides)
}
