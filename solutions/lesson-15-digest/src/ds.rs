//! DS against DNSKEY (RFC 4034 section 5, RFC 4035 section 5.2).

use crypto::Crypto;
use dnsparse::{Dnskey, Ds, Name};

use crate::key_tag::key_tag;

/// The flag of a key that signs records of its zone (RFC 4034 section 2.1.1). Other keys in DNSKEY
/// records sign nothing that a validator asks for.
const ZONE_KEY: u16 = 0x0100;
/// The flag of a key that its owner has withdrawn (RFC 5011 section 2.1).
const REVOKED: u16 = 0x0080;
/// The only protocol that a DNSKEY record may have (RFC 4034 section 2.1.2).
const DNSSEC: u8 = 3;

/// Whether a DS record in the parent zone is that of this key of `zone`.
pub fn matches(ds: &Ds, zone: &Name, key: &Dnskey, crypto: &dyn Crypto) -> bool {
    is_zone_key(key) && has_numbers(ds, key) && has_digest(ds, zone, key, crypto)
}

/// Whether this key may sign records of its zone at all.
pub fn is_zone_key(key: &Dnskey) -> bool {
    // todo: Return whether the key may sign records of its zone, by its flags and by its protocol:
    // the constants above say what they mean.
    key.flags & ZONE_KEY != 0 && key.flags & REVOKED == 0 && key.protocol == DNSSEC
    // end todo
}

/// Whether the two numbers that a DS record repeats are those of the key.
fn has_numbers(ds: &Ds, key: &Dnskey) -> bool {
    ds.algorithm == key.algorithm && ds.key_tag == key_tag(key)
}

/// Whether the digest of the zone's name and the key's RDATA is the one in the DS record.
fn has_digest(ds: &Ds, zone: &Name, key: &Dnskey, crypto: &dyn Crypto) -> bool {
    // todo: Return whether the digest in the DS record is that of this key. One of a type that
    // `crypto` does not have is not.
    let digest = crypto.digest(ds.digest_type, &key.digest_input(zone));
    digest.is_some_and(|digest| digest == ds.digest)
    // end todo
}
