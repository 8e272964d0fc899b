//! DNSKEY: a zone's public key (RFC 4034 section 2), and the names of DNSSEC's algorithms.

use std::fmt;

use crate::parse::number::{be_u8, be_u16};
use nom::Parser;
use nom::error::context;

use super::{octets_left, write_base64};
use crate::parse::PResult;
use crate::text::{Fault, Fields};

/// A zone's public key, by which its signatures can be checked (RFC 4034 section 2.1).
///
/// ```text
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |                     FLAGS                     |
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |      PROTOCOL: 3      |       ALGORITHM       |
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     /                   PUBLIC KEY                  /
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dnskey {
    /// 256: it signs the zone. 1: it is the one that the parent's DS means. 128: it is revoked (RFC 5011 section 2.1).
    pub flags: u16,
    /// Always 3.
    pub protocol: u8,
    /// What kind of key: 8 is RSA with SHA-256, 13 ECDSA on P-256, 15 Ed25519.
    pub algorithm: u8,
    /// The key, in the algorithm's own form.
    pub public_key: Vec<u8>,
}

impl Dnskey {
    /// The number by which DS and RRSIG records point to this key: a checksum, not a unique one (RFC 4034 appendix B; the
    /// long-dead algorithm 1 has another).
    ///
    /// ```
    /// use dnsparse::{Rdata, RecordType};
    ///
    /// let key = "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==";
    /// let Rdata::Dnskey(key) = Rdata::from_text(RecordType::DNSKEY, key)? else { panic!("a DNSKEY") };
    /// assert_eq!(key.key_tag(), 2371);
    /// # Ok::<(), dnsparse::ZoneError>(())
    /// ```
    pub fn key_tag(&self) -> u16 {
        let mut octets = Vec::with_capacity(4 + self.public_key.len());
        self.write(&mut octets);
        let pairs = octets.chunks(2).map(|pair| match pair {
            [high, low] => u32::from(u16::from_be_bytes([*high, *low])),
            [high] => u32::from(*high) << 8,
            _ => 0,
        });
        let sum: u32 = pairs.sum();
        (sum + (sum >> 16)) as u16
    }

    pub(crate) fn parse(input: &[u8]) -> PResult<'_, Dnskey> {
        let (input, flags) = context("flags", be_u16).parse(input)?;
        let (input, protocol) = context("protocol", be_u8).parse(input)?;
        let (input, algorithm) = context("algorithm", be_u8).parse(input)?;
        let (input, public_key) = octets_left("public_key", input)?;
        Ok((
            input,
            Dnskey {
                flags,
                protocol,
                algorithm,
                public_key,
            },
        ))
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.flags.to_be_bytes());
        out.extend_from_slice(&[self.protocol, self.algorithm]);
        out.extend_from_slice(&self.public_key);
    }

    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Result<Dnskey, Fault> {
        Ok(Dnskey {
            flags: fields.number("a key's flags")?,
            protocol: fields.number("a protocol")?,
            algorithm: fields.algorithm()?,
            public_key: fields.base64_to_end()?,
        })
    }
}

impl fmt::Display for Dnskey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.flags, self.protocol, self.algorithm)?;
        write_base64(f, &self.public_key)
    }
}

/// IANA's "DNS Security Algorithm Numbers". Records show the number, as in dig; a zone file may have either.
const ALGORITHMS: [(u8, &str); 16] = [
    (1, "RSAMD5"),
    (2, "DH"),
    (3, "DSA"),
    (5, "RSASHA1"),
    (6, "NSEC3DSA"),
    (7, "NSEC3RSASHA1"),
    (8, "RSASHA256"),
    (10, "RSASHA512"),
    (12, "ECC-GOST"),
    (13, "ECDSAP256SHA256"),
    (14, "ECDSAP384SHA384"),
    (15, "ED25519"),
    (16, "ED448"),
    (252, "INDIRECT"),
    (253, "PRIVATEDNS"),
    (254, "PRIVATEOID"),
];

/// The mnemonic of a DNSSEC algorithm.
pub(crate) fn algorithm_name(algorithm: u8) -> Option<&'static str> {
    let named = ALGORITHMS.iter().find(|(number, _)| *number == algorithm);
    named.map(|(_, name)| *name)
}

/// The number of a DNSSEC algorithm, from its mnemonic in any case.
pub(crate) fn algorithm_number(name: &str) -> Option<u8> {
    let named = ALGORITHMS
        .iter()
        .find(|(_, known)| known.eq_ignore_ascii_case(name));
    named.map(|(number, _)| *number)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, complaint};
    use super::*;
    use crate::RecordType;

    #[test]
    fn a_key_is_shown_in_base64() {
        assert_same(
            RecordType::DNSKEY,
            "256 3 8 AwEAAQ==",
            "0100 03 08 03010001",
        );
        assert_needs(RecordType::DNSKEY, "0100 03 08 03010001", 4);
        assert_eq!(
            complaint(RecordType::DNSKEY, "256 3 RSASHA256 ( AwE\n AAQ== )"),
            "DNSKEY 256 3 8 AwEAAQ=="
        );
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        let refusals = ["AwEAAQ", "AwEA!Q==", "AwEAAR==", "Aw==EAAQ"]
            .map(|key| complaint(RecordType::DNSKEY, &format!("256 3 8 {key}")));
        insta::assert_snapshot!(refusals.join("\n"), @r"
        DNSKEY 256 3 8 AwEAAQ: 'AwEAAQ' is not base64 (RFC 4648 section 4)
        DNSKEY 256 3 8 AwEA!Q==: 'AwEA!Q==' is not base64 (RFC 4648 section 4)
        DNSKEY 256 3 8 AwEAAR==: 'AwEAAR==' is not base64 (RFC 4648 section 4)
        DNSKEY 256 3 8 Aw==EAAQ: 'Aw==EAAQ' is not base64 (RFC 4648 section 4)
        ");
    }

    /// The key and the tag of RFC 4034 section 5.4, and one of an odd length.
    #[test]
    fn a_tag_is_a_checksum_over_the_rdata() {
        let key = "AQOeiiR0GOMYkDshWoSKz9Xz fwJr1AYtsmx3TGkJaNXVbfi/ 2pHm822aJ5iI9BMzNXxeYCmZ \
                   DRD99WYwYqUSdjMmmAphXdvx egXd/M5+X7OrzKBaMbCVdFLU Uh6DhweJBjEVv5f2wwjM9Xzc \
                   nOf+EPbtG9DMBmADjFDc2w/r ljwvFw==";
        let text = format!("256 3 5 {key}");
        let Ok(crate::Rdata::Dnskey(key)) = crate::Rdata::from_text(RecordType::DNSKEY, &text)
        else {
            panic!("that should be a DNSKEY")
        };
        assert_eq!(key.key_tag(), 60485);
        let odd = Dnskey {
            flags: 0xffff,
            protocol: 3,
            algorithm: 1,
            public_key: vec![0xff],
        };
        assert_eq!(
            odd.key_tag(),
            0x0202,
            "0xffff + 0x0301 + 0xff00, and the 2 that is carried"
        );
    }

    #[test]
    fn every_algorithm_is_found_by_number_and_by_name() {
        for (number, name) in ALGORITHMS {
            assert_eq!(algorithm_name(number), Some(name));
            assert_eq!(algorithm_number(&name.to_lowercase()), Some(number));
        }
        assert_eq!((algorithm_name(17), algorithm_number("")), (None, None));
    }
}
