//! DNSKEY: a zone's public key (RFC 4034 section 2).

use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row, number};
use crate::codes::algorithm_name;
use crate::error::WriteError;
use crate::text::{Fields, TextFault, write_base64};
use crate::wire::{PResult, RdataWriter, be_u8, be_u16, octets_needed};

/// A zone's public key, by which its signatures are validated (RFC 4034 section 2.1).
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
    /// 256: it signs the zone. 1: the parent's DS refers to it. 128: it is revoked (RFC 5011
    /// section 2.1).
    pub flags: u16,
    /// Always 3.
    pub protocol: u8,
    /// The kind of key: 8 is RSA with SHA-256, 13 ECDSA on P-256, 15 Ed25519.
    pub algorithm: u8,
    /// The key, in the algorithm's own form.
    pub public_key: Vec<u8>,
}

impl Dnskey {
    /// Computes the key tag, by which DS and RRSIG records refer to this key. It is a checksum, and
    /// not unique (RFC 4034 appendix B).
    ///
    /// ```
    /// use dnsparse::{Rdata, RecordType};
    ///
    /// let text = "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+Gq
    ///             JxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==".replace('\n', "");
    /// let rdata = Rdata::from_text(RecordType::DNSKEY, &text)?;
    /// let Rdata::Dnskey(key) = rdata else { panic!("a DNSKEY") };
    /// assert_eq!(key.key_tag(), 2371);
    /// # Ok::<(), dnsparse::ZoneError>(())
    /// ```
    pub fn key_tag(&self) -> u16 {
        if self.algorithm == RSAMD5 {
            return self.modulus_tag();
        }
        let octets = self.wire();
        let pairs = octets.chunks(2).map(|pair| match pair {
            [high, low] => u32::from(u16::from_be_bytes([*high, *low])),
            [high] => u32::from(*high) << 8,
            _ => 0,
        });
        let sum: u32 = pairs.sum();
        (sum + (sum >> 16)) as u16
    }

    /// Returns the key tag of algorithm 1: the upper 16 of the lower 24 bits of the modulus, with
    /// which the key ends (RFC 4034 appendix B.1).
    fn modulus_tag(&self) -> u16 {
        match self.public_key.as_slice() {
            [.., high, low, _] => u16::from_be_bytes([*high, *low]),
            _ => 0,
        }
    }

    /// Returns RDATA.
    pub(crate) fn wire(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(4 + self.public_key.len());
        octets.extend_from_slice(&self.flags.to_be_bytes());
        octets.extend_from_slice(&[self.protocol, self.algorithm]);
        octets.extend_from_slice(&self.public_key);
        octets
    }
}

/// The only algorithm whose key tag is no checksum.
const RSAMD5: u8 = 1;

impl RdataFormat for Dnskey {
    type Value = Dnskey;

    const LAYOUT: &'static [Row] = &[
        ("flags", Kind::Shown(2, flags)),
        ("protocol", Kind::U8),
        ("algorithm", Kind::Code(algorithm_name)),
        ("public_key", Kind::OctetsFrom(1)),
    ];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &["256 3 8 AwEAAQ==", "257 3 13 AA=="];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Dnskey> {
        let (input, flags) = context("flags", be_u16).parse(input)?;
        let (input, protocol) = context("protocol", be_u8).parse(input)?;
        let (input, algorithm) = context("algorithm", be_u8).parse(input)?;
        let (input, public_key) = octets_needed("public_key", input)?;
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

    fn write(key: &Dnskey, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.u16(key.flags);
        out.octets(&[key.protocol, key.algorithm]);
        out.needed("a public key", &key.public_key)
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Dnskey, TextFault> {
        Ok(Dnskey {
            flags: fields.number("a key's flags")?,
            protocol: fields.number("a protocol")?,
            algorithm: fields.algorithm()?,
            public_key: fields.base64_to_end("a public key")?,
        })
    }
}

/// RFC 4034 section 2.1.1, RFC 5011 section 3.
fn flags(octets: &[u8]) -> String {
    let flags = number(octets);
    let names = [
        (0x0100, "zone key"),
        (0x0080, "revoked"),
        (0x0001, "secure entry point"),
    ];
    let mut shown = flags.to_string();
    for (mask, name) in names {
        if flags & mask != 0 {
            shown.push_str(", ");
            shown.push_str(name);
        }
    }
    shown
}

impl fmt::Display for Dnskey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.flags, self.protocol, self.algorithm)?;
        write_base64(f, &self.public_key)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, read_line};
    use super::*;
    use crate::RecordType;

    #[test]
    fn a_key_is_shown_in_base64() {
        assert_same(
            RecordType::DNSKEY,
            "256 3 8 AwEAAQ==",
            "0100 03 08 03010001",
        );
        assert_needs(RecordType::DNSKEY, "0100 03 08 03010001", 5);
        assert_eq!(
            read_line(RecordType::DNSKEY, "256 3 RSASHA256 ( AwE\n AAQ== )"),
            "DNSKEY 256 3 8 AwEAAQ=="
        );
    }

    #[test]
    fn only_base64_is_accepted() {
        let refusals = ["AwEAAQ", "AwEA!Q==", "AwEAAR==", "Aw==EAAQ"]
            .map(|key| read_line(RecordType::DNSKEY, &format!("256 3 8 {key}")));
        insta::assert_snapshot!(refusals.join("\n"), @r"
        DNSKEY 256 3 8 AwEAAQ: 'AwEAAQ' is not base64 (RFC 4648 section 4)
        DNSKEY 256 3 8 AwEA!Q==: 'AwEA!Q==' is not base64 (RFC 4648 section 4)
        DNSKEY 256 3 8 AwEAAR==: 'AwEAAR==' is not base64 (RFC 4648 section 4)
        DNSKEY 256 3 8 Aw==EAAQ: 'Aw==EAAQ' is not base64 (RFC 4648 section 4)
        ");
    }

    /// The key and the tag of RFC 4034 section 5.4, and a key of an odd length.
    #[test]
    fn a_key_tag_is_a_checksum_over_rdata() {
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
            algorithm: 5,
            public_key: vec![0xff],
        };
        assert_eq!(
            odd.key_tag(),
            0x0206,
            "0xffff + 0x0305 + 0xff00, and the carry of 2"
        );
    }

    /// RFC 4034 appendix B.1.
    #[test]
    fn the_key_tag_of_rsa_with_md5_is_a_part_of_the_modulus() {
        let tag = |public_key: &[u8]| {
            let public_key = public_key.to_vec();
            let key = Dnskey {
                flags: 256,
                protocol: 3,
                algorithm: 1,
                public_key,
            };
            key.key_tag()
        };
        assert_eq!(tag(&[1, 3, 0xaa, 0xbb, 0xcc, 0xdd]), 0xbbcc);
        assert_eq!((tag(&[1, 2, 3]), tag(&[1, 2])), (0x0102, 0));
    }
}
