//! The kinds of private keys, and which of them servers over TLS can use here.

use rustls::pki_types::PrivateKeyDer;
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef, UintRef};
use x509_cert::der::{Decode, Reader, Result, SliceReader, TagMode, TagNumber};
use x509_cert::spki::AlgorithmIdentifierRef;

/// The kinds that ring signs with.
const SUPPORTED: &str = "RSA with 2048 to 4096 bits, ECDSA with P-256 or P-384, and Ed25519";
/// The names of algorithms, and of the curves of ECDSA, by their object identifiers.
const NAMES: [(&str, &str); 11] = [
    ("1.2.840.113549.1.1.1", "RSA"),
    ("1.2.840.113549.1.1.10", "RSA-PSS"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.10045.2.1", "ECDSA"),
    ("1.2.840.10045.3.1.7", "P-256"),
    ("1.3.132.0.34", "P-384"),
    ("1.3.132.0.35", "P-521"),
    ("1.3.132.0.10", "secp256k1"),
    ("1.3.101.110", "X25519"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
];

/// Says why a private key cannot be used: its kind is not supported, or it does not parse.
pub(super) fn refusal(key: &PrivateKeyDer<'_>) -> String {
    match kind(key) {
        Ok(kind) if !is_supported(&kind) => {
            format!("has a private key of a kind that is not supported, {kind}: use {SUPPORTED}")
        }
        _ => "has a private key that does not parse".to_owned(),
    }
}

fn is_supported(kind: &str) -> bool {
    let bits = kind.strip_prefix("RSA with ");
    let bits = bits.and_then(|rest| rest.strip_suffix(" bits")?.parse::<usize>().ok());
    bits.is_some_and(|bits| (2_048..=4_096).contains(&bits))
        || ["ECDSA with P-256", "ECDSA with P-384", "Ed25519"].contains(&kind)
}

/// Returns the algorithm of a private key, with its size or curve.
fn kind(key: &PrivateKeyDer<'_>) -> Result<String> {
    let octets = key.secret_der();
    let value = AnyRef::from_der(octets)?.value();
    let mut fields = SliceReader::new(value)?;
    fields.decode::<UintRef<'_>>()?; // the version
    match key {
        PrivateKeyDer::Pkcs1(_) => rsa(&mut fields),
        PrivateKeyDer::Sec1(_) => {
            fields.decode::<&OctetStringRef>()?;
            let curve = fields.context_specific(TagNumber(0), TagMode::Explicit);
            Ok(ecdsa(curve.ok().flatten()))
        }
        _ => pkcs8(&mut fields),
    }
}

/// Reads the algorithm and the key of PKCS #8 (RFC 5958 section 2).
fn pkcs8(fields: &mut SliceReader<'_>) -> Result<String> {
    let algorithm: AlgorithmIdentifierRef<'_> = fields.decode()?;
    let key: &OctetStringRef = fields.decode()?;
    match name(algorithm.oid).as_str() {
        "RSA" => {
            let value = AnyRef::from_der(key.as_bytes())?.value();
            let mut fields = SliceReader::new(value)?;
            fields.decode::<UintRef<'_>>()?;
            rsa(&mut fields)
        }
        "ECDSA" => Ok(ecdsa(algorithm.parameters_oid().ok())),
        name => Ok(name.to_owned()),
    }
}

/// Reads the modulus of an RSA key (RFC 8017 appendix A.1.2).
fn rsa(fields: &mut SliceReader<'_>) -> Result<String> {
    let modulus: UintRef<'_> = fields.decode()?;
    let octets = modulus.as_bytes();
    let unused = octets.first().map_or(0, |first| first.leading_zeros());
    Ok(format!(
        "RSA with {} bits",
        octets.len() * 8 - unused as usize
    ))
}

/// Names a curve, which may be written as its equation, too.
fn ecdsa(curve: Option<ObjectIdentifier>) -> String {
    match curve {
        Some(curve) => format!("ECDSA with {}", name(curve)),
        None => "ECDSA with a curve without a name".to_owned(),
    }
}

fn name(oid: ObjectIdentifier) -> String {
    let oid = oid.to_string();
    let known = NAMES.iter().find(|(known, _)| *known == oid);
    known.map_or(oid, |(_, name)| (*name).to_owned())
}
