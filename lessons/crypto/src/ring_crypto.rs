//! [`Crypto`] with ring.

use dnsparse::Dnskey;
use ring::digest;
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey};

use crate::public_key::{RsaKey, point, rsa};
use crate::{Crypto, SHA1, SHA256, SHA384, SignatureError, algorithm};

/// The digests and signatures of the crate ring: RSA keys of 1,024 to 8,192 bits, ECDSA on P-256 and
/// P-384, Ed25519.
///
/// ring calls RSA below 2,048 bits, and SHA-1, "legacy". A validator needs both: many zone-signing
/// keys had 1,024 bits (the root's own had until 2016), and a resolver that calls their zones bogus
/// takes them off the Internet for its clients.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ring;

impl Crypto for Ring {
    fn digest(&self, digest_type: u8, octets: &[u8]) -> Option<Vec<u8>> {
        let algorithm = match digest_type {
            SHA1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            SHA256 => &digest::SHA256,
            SHA384 => &digest::SHA384,
            _ => return None,
        };
        Some(digest::digest(algorithm, octets).as_ref().to_vec())
    }

    fn verify(&self, key: &Dnskey, octets: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        match key.algorithm {
            algorithm::RSASHA1 | algorithm::RSASHA1_NSEC3_SHA1 => {
                let sha1 = &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY;
                verify_rsa(sha1, key, octets, signature)
            }
            algorithm::RSASHA256 => {
                let sha256 = &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
                verify_rsa(sha256, key, octets, signature)
            }
            algorithm::RSASHA512 => {
                let sha512 = &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY;
                verify_rsa(sha512, key, octets, signature)
            }
            algorithm::ECDSAP256SHA256 => {
                let key = point(&key.public_key, 32).ok_or(SignatureError::MalformedKey)?;
                verify_unparsed(&signature::ECDSA_P256_SHA256_FIXED, &key, octets, signature)
            }
            algorithm::ECDSAP384SHA384 => {
                let key = point(&key.public_key, 48).ok_or(SignatureError::MalformedKey)?;
                verify_unparsed(&signature::ECDSA_P384_SHA384_FIXED, &key, octets, signature)
            }
            algorithm::ED25519 if key.public_key.len() != 32 => Err(SignatureError::MalformedKey),
            algorithm::ED25519 => {
                verify_unparsed(&signature::ED25519, &key.public_key, octets, signature)
            }
            _ => Err(SignatureError::Unsupported),
        }
    }

    fn supports(&self, key: &Dnskey) -> bool {
        match key.algorithm {
            algorithm::RSASHA1
            | algorithm::RSASHA1_NSEC3_SHA1
            | algorithm::RSASHA256
            | algorithm::RSASHA512 => {
                // A malformed key is the zone's mistake, and not a limit of ring.
                rsa(&key.public_key).is_none_or(|key| is_supported_rsa(&key))
            }
            algorithm::ECDSAP256SHA256 | algorithm::ECDSAP384SHA384 | algorithm::ED25519 => true,
            _ => false,
        }
    }
}

/// The sizes of an RSA key that ring accepts, in bits.
const RSA_BITS: std::ops::RangeInclusive<usize> = 1_024..=8_192;
/// The exponents that ring accepts: odd ones, up to 33 bits. All keys in use have 3, 65537 or
/// 4294967297.
const RSA_EXPONENTS: std::ops::RangeInclusive<u64> = 3..=(1 << 33) - 1;

fn is_supported_rsa(key: &RsaKey<'_>) -> bool {
    let bits = key.modulus.len() * 8 - leading_zero_bits(key.modulus);
    let exponent = match key.exponent.len() {
        ..=8 => (key.exponent.iter()).fold(0, |number, octet| number << 8 | u64::from(*octet)),
        _ => u64::MAX,
    };
    RSA_BITS.contains(&bits) && RSA_EXPONENTS.contains(&exponent) && exponent % 2 == 1
}

fn verify_rsa(
    parameters: &'static RsaParameters,
    key: &Dnskey,
    octets: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let key = rsa(&key.public_key).ok_or(SignatureError::MalformedKey)?;
    if !is_supported_rsa(&key) {
        return Err(SignatureError::Unsupported);
    }
    let components = RsaPublicKeyComponents {
        n: key.modulus,
        e: key.exponent,
    };
    let verified = components.verify(parameters, octets, signature);
    verified.map_err(|_| SignatureError::Mismatch)
}

fn leading_zero_bits(number: &[u8]) -> usize {
    let first = number.first();
    first.map_or(0, |octet| octet.leading_zeros() as usize)
}

fn verify_unparsed(
    algorithm: &'static dyn signature::VerificationAlgorithm,
    key: &[u8],
    octets: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let key = UnparsedPublicKey::new(algorithm, key);
    let verified = key.verify(octets, signature);
    verified.map_err(|_| SignatureError::Mismatch)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An RSA key with this exponent, and a modulus of this many octets.
    fn rsa_key(exponent: &[u8], modulus: usize) -> Dnskey {
        let length = [exponent.len() as u8];
        Dnskey {
            flags: 257,
            protocol: 3,
            algorithm: algorithm::RSASHA256,
            public_key: [&length, exponent, &vec![0xff; modulus]].concat(),
        }
    }

    /// A key that is not supported is told apart before a signature is looked at.
    #[test]
    fn keys_that_ring_refuses_are_unsupported_and_no_mismatch() {
        let f4: &[u8] = &[1, 0, 1];
        for (exponent, octets, is_supported) in [
            (f4, 127, false),
            (f4, 128, true),
            (f4, 1024, true),
            (f4, 1025, false),
            (&[1], 256, false),
            (&[3], 256, true),
            (&[4], 256, false),
            (&[1, 0xff, 0xff, 0xff, 0xff], 256, true),
            (&[2, 0, 0, 0, 1], 256, false),
            (&[1; 9], 256, false),
        ] {
            let key = rsa_key(exponent, octets);
            let error = match is_supported {
                true => SignatureError::Mismatch,
                false => SignatureError::Unsupported,
            };
            let got = (
                Ring.supports(&key),
                Ring.verify(&key, b"", &vec![0; octets]),
            );
            let bits = octets * 8;
            assert_eq!(
                got,
                (is_supported, Err(error)),
                "exponent {exponent:02x?}, {bits} bits"
            );
        }
    }
}
