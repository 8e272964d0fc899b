//! HIP: a host identity (RFC 8005).

use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::map;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::{ParseErrorKind, WriteError};
use crate::name::Name;
use crate::text::{Fields, TextFault, base64, hexadecimal};
use crate::wire::{PResult, RdataWriter, be_u8, be_u16, failure, whole_name};

/// A host's identity (RFC 8005 section 5).
///
/// ```text
///     |  HIT length  |  algorithm  |  key length (u16)  |
///     |  HIT ...  |  public key ...  |  rendezvous servers: names ...
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hip {
    /// The key's algorithm: 1 DSA, 2 RSA, 3 ECDSA.
    pub algorithm: u8,
    /// The host identity tag: 1 to 255 octets.
    pub hit: Vec<u8>,
    /// The key: 1 to 65,535 octets.
    pub public_key: Vec<u8>,
    /// The rendezvous servers, the most preferred first.
    pub servers: Vec<Name>,
}

/// The rule that an empty tag or key breaks.
const EMPTY: ParseErrorKind = ParseErrorKind::BadValue {
    rule: "the tag and the key of a HIP record have at least one octet each (RFC 8005 section 5)",
};

impl RdataFormat for Hip {
    type Value = Hip;

    const LAYOUT: &'static [Row] = &[("hip", Kind::Rest(Hip::show_octets))];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &[
        "2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc",
        "2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc rvs1.example.com. rvs2.example.com.",
    ];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Hip> {
        let (start, hit_length) = context("hit_length", be_u8).parse(input)?;
        let (start, algorithm) = context("algorithm", be_u8).parse(start)?;
        let (start, key_length) = context("key_length", be_u16).parse(start)?;
        if hit_length == 0 || key_length == 0 {
            return Err(failure(input, 0, "hit_length", EMPTY));
        }
        let (start, hit) = context("hit", map(take(hit_length), <[u8]>::to_vec)).parse(start)?;
        let (mut left, public_key) =
            context("public_key", map(take(key_length), <[u8]>::to_vec)).parse(start)?;
        let mut servers = Vec::new();
        while !left.is_empty() {
            let (rest, server) = context("server", whole_name).parse(left)?;
            servers.push(server);
            left = rest;
        }
        let hip = Hip {
            algorithm,
            hit,
            public_key,
            servers,
        };
        Ok((left, hip))
    }

    fn write(hip: &Hip, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        let (hit, key) = (hip.hit.len(), hip.public_key.len());
        let what = "a host identity tag";
        let hit_length =
            u8::try_from(hit).map_err(|_| WriteError::StringTooLong { what, length: hit })?;
        let what = "a host identity";
        let key_length =
            u16::try_from(key).map_err(|_| WriteError::TooLong { what, length: key })?;
        out.octets(&[hit_length, hip.algorithm]);
        out.u16(key_length);
        out.needed("a host identity tag", &hip.hit)?;
        out.needed("a host identity", &hip.public_key)?;
        hip.servers.iter().for_each(|server| out.name(server));
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Hip, TextFault> {
        let some = |octets: Vec<u8>| (!octets.is_empty()).then_some(octets);
        let hit = |text: &str| {
            hexadecimal(text.as_bytes())
                .and_then(some)
                .filter(|hit| hit.len() <= 255)
        };
        let key = |text: &str| base64(text.as_bytes()).and_then(some);
        let algorithm = fields.number("an algorithm")?;
        let hit = fields.value_by(
            hit,
            "a host identity tag",
            "200100107B1A74DF365639CC39F1D578",
        )?;
        let at = fields.next_at();
        let public_key = fields.value_by(key, "a public key in base64", "AwEAAQ==")?;
        Fields::check_rdata_length(at, public_key.len())?;
        let mut servers = Vec::new();
        while !fields.is_empty() {
            servers.push(fields.name("a rendezvous server's name")?);
        }
        Ok(Hip {
            algorithm,
            hit,
            public_key,
            servers,
        })
    }
}

impl fmt::Display for Hip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hit = hex::encode_upper(&self.hit);
        let key = data_encoding::BASE64.encode(&self.public_key);
        write!(f, "{} {hit} {key}", self.algorithm)?;
        self.servers
            .iter()
            .try_for_each(|server| write!(f, " {server}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, fault, read_line};
    use crate::RecordType;

    #[test]
    fn tag_key_and_servers_follow_their_lengths() {
        let octets = "02 02 0003 2001 030101 01 61 00 01 62 00";
        assert_same(RecordType::HIP, "2 2001 AwEB a. b.", octets);
        assert_same(RecordType::HIP, "2 2001 AwEB", "02 02 0003 2001 030101");
        assert_needs(RecordType::HIP, "02 02 0003 2001 030101", 9);
        assert!(fault(RecordType::HIP, "00 02 0003 030101").contains("at least one octet each"));
        assert!(fault(RecordType::HIP, "01 02 0000 01").contains("at least one octet each"));
        assert!(
            fault(RecordType::HIP, "01 02 0001 01 02 c000")
                .contains("where names are not compressed")
        );
        assert!(
            read_line(RecordType::HIP, "2 2001").contains("a public key in base64 is missing here")
        );
    }
}
