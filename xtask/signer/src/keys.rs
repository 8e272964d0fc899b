//! [`Key`]: a key pair that follows from the name of its zone, its role and its algorithm alone.
//!
//! The keys protect nothing: the private half of each can be computed from this file. That is the
//! purpose, since each run has to make the same keys and the same signatures.

use anyhow::{Result, anyhow, bail};
use dnsparse::{Dnskey, Ds, Name};
use p256::ecdsa::signature::Signer;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, digest};
use ring::signature::{Ed25519KeyPair, KeyPair};

use crate::rsa_key::{Hash, RsaKey};

/// The seed of each key, beside its zone, role and algorithm.
const SEED: &str = "the signed zones of the lab";

/// Signs the zone's records; `SEP` marks the key that the parent's DS record refers to.
pub(crate) const ZONE_KEY: u16 = 0x0100;
/// Secure entry point: a hint for the operator of the parent zone (RFC 4034 section 2.1.1).
pub(crate) const SEP: u16 = 0x0001;
/// The key is withdrawn (RFC 5011 section 2.1).
pub(crate) const REVOKED: u16 = 0x0080;

/// An algorithm of keys and signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Algorithm {
    /// RSA of 2,048 bits with SHA-256.
    Rsa,
    /// RSA of 1,024 bits with SHA-256.
    ShortRsa,
    /// RSA of 2,048 bits with SHA-1.
    RsaSha1,
    /// The same, under the number for zones with NSEC3 records.
    RsaSha1Nsec3,
    /// ECDSA on P-256.
    P256,
    /// Ed25519.
    Ed25519,
    /// A number that is not assigned. Its signatures are arbitrary octets.
    Unassigned,
}

impl Algorithm {
    /// Returns the algorithm's number.
    pub(crate) fn number(self) -> u8 {
        match self {
            Algorithm::RsaSha1 => 5,
            Algorithm::RsaSha1Nsec3 => 7,
            Algorithm::Rsa | Algorithm::ShortRsa => 8,
            Algorithm::P256 => 13,
            Algorithm::Ed25519 => 15,
            Algorithm::Unassigned => 200,
        }
    }
}

/// A key pair of a zone.
#[derive(Debug)]
pub(crate) struct Key {
    /// The public half, as the zone publishes it.
    pub(crate) dnskey: Dnskey,
    secret: Secret,
}

#[derive(Debug)]
enum Secret {
    Rsa(Box<RsaKey>),
    P256(Box<p256::ecdsa::SigningKey>),
    Ed25519(Box<Ed25519KeyPair>),
    /// No private key: the octets of the signature are derived from the data.
    None,
}

impl Key {
    /// Derives a key of a zone. `role` tells keys of one zone and algorithm apart.
    pub(crate) fn derive(zone: &Name, role: &str, flags: u16, algorithm: Algorithm) -> Result<Key> {
        let text = format!(
            "{SEED}|{}|{role}|{}",
            zone.to_lowercase(),
            algorithm.number()
        );
        let seed = digest(&SHA256, text.as_bytes());
        let (secret, public_key) = match algorithm {
            Algorithm::Rsa => rsa(seed.as_ref(), 2_048, Hash::Sha256)?,
            Algorithm::ShortRsa => rsa(seed.as_ref(), 1_024, Hash::Sha256)?,
            Algorithm::RsaSha1 | Algorithm::RsaSha1Nsec3 => rsa(seed.as_ref(), 2_048, Hash::Sha1)?,
            Algorithm::P256 => p256(seed.as_ref())?,
            Algorithm::Ed25519 => ed25519(seed.as_ref())?,
            Algorithm::Unassigned => (Secret::None, seed.as_ref().to_vec()),
        };
        let dnskey = Dnskey {
            flags,
            protocol: 3,
            algorithm: algorithm.number(),
            public_key,
        };
        Ok(Key { dnskey, secret })
    }

    /// Exchanges the first two numbers of sixteen bits of the public key: another key, with the same
    /// tag. Nothing is known of its private half.
    pub(crate) fn with_same_tag(mut self) -> Key {
        if let [a, b, c, d, ..] = &mut *self.dnskey.public_key {
            std::mem::swap(a, c);
            std::mem::swap(b, d);
        }
        self.secret = Secret::None;
        self
    }

    /// Signs the octets that an RRSIG record covers.
    pub(crate) fn sign(&self, octets: &[u8]) -> Result<Vec<u8>> {
        Ok(match &self.secret {
            Secret::P256(key) => {
                // The nonce follows from the key and the octets (RFC 6979).
                let signature: p256::ecdsa::Signature = key.try_sign(octets)?;
                signature.to_bytes().to_vec()
            }
            Secret::Ed25519(key) => key.sign(octets).as_ref().to_vec(),
            Secret::Rsa(key) => key.sign(octets)?,
            Secret::None => digest(&SHA256, octets).as_ref().to_vec(),
        })
    }

    /// Makes the DS record of this key of a zone.
    pub(crate) fn ds(&self, zone: &Name, digest_type: u8) -> Result<Ds> {
        let algorithm = match digest_type {
            1 => &SHA1_FOR_LEGACY_USE_ONLY,
            2 => &SHA256,
            4 => &SHA384,
            _ => bail!("{digest_type} is no digest type of a DS record"),
        };
        Ok(Ds {
            key_tag: self.dnskey.key_tag(),
            algorithm: self.dnskey.algorithm,
            digest_type,
            digest: digest(algorithm, &self.dnskey.digest_input(zone))
                .as_ref()
                .to_vec(),
        })
    }
}

fn rsa(seed: &[u8], bits: u32, hash: Hash) -> Result<(Secret, Vec<u8>)> {
    let key = RsaKey::derive(seed, bits, hash)?;
    let public_key = key.public_key()?;
    Ok((Secret::Rsa(Box::new(key)), public_key))
}

fn p256(seed: &[u8]) -> Result<(Secret, Vec<u8>)> {
    let key = p256::ecdsa::SigningKey::from_slice(seed)?;
    let point = key.verifying_key().to_sec1_point(false);
    // The point without the octet that says "not compressed" (RFC 6605 section 4).
    let public_key = point.as_bytes().get(1..).unwrap_or_default().to_vec();
    Ok((Secret::P256(Box::new(key)), public_key))
}

fn ed25519(seed: &[u8]) -> Result<(Secret, Vec<u8>)> {
    let key = Ed25519KeyPair::from_seed_unchecked(seed)
        .map_err(|error| anyhow!("an Ed25519 key: {error}"))?;
    let public_key = key.public_key().as_ref().to_vec();
    Ok((Secret::Ed25519(Box::new(key)), public_key))
}
