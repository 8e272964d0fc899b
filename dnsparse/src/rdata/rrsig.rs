//! RRSIG: a signature over an RRset (RFC 4034 section 3).

use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::combinator::map;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row, number};
use crate::codes::{RecordType, algorithm_name};
use crate::error::WriteError;
use crate::name::Name;
use crate::text::{Fields, TextFault, Time, write_base64};
use crate::wire::{PResult, RdataWriter, be_u8, be_u16, be_u32, name, octets_needed};

/// A signature over the RRset with the same owner and class, and the type that it covers (RFC 4034
/// section 3.1).
///
/// ```text
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |                  TYPE COVERED                 |
///     |       ALGORITHM       |         LABELS        |
///     |              ORIGINAL TTL: 32 bits            |
///     |          SIGNATURE EXPIRATION: 32 bits        |
///     |          SIGNATURE INCEPTION: 32 bits         |
///     |                    KEY TAG                    |
///     /              SIGNER'S NAME: a name            /
///     /                   SIGNATURE                   /
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rrsig {
    /// The type of the records that are signed.
    pub type_covered: RecordType,
    /// The key's algorithm.
    pub algorithm: u8,
    /// The number of labels of the owner that was signed, without the root and a leading `*`. It is
    /// less than the owner's own number if the record was made from a wildcard.
    pub labels: u8,
    /// The TTL with which the records were signed, in seconds.
    pub original_ttl: u32,
    /// The end of its validity: seconds since 1970, modulo 2^32 (RFC 4034 section 3.1.5).
    pub expiration: u32,
    /// The start of its validity, in the same form.
    pub inception: u32,
    /// The tag of the key that made it.
    pub key_tag: u16,
    /// The zone whose key that is.
    pub signer: Name,
    /// The signature, in the algorithm's own form.
    pub signature: Vec<u8>,
}

impl RdataFormat for Rrsig {
    type Value = Rrsig;

    const LAYOUT: &'static [Row] = &[
        ("type_covered", Kind::RecordType),
        ("algorithm", Kind::Code(algorithm_name)),
        ("labels", Kind::U8),
        ("original_ttl", Kind::Seconds),
        ("expiration", Kind::Shown(4, time)),
        ("inception", Kind::Shown(4, time)),
        ("key_tag", Kind::U16),
        ("signer", Kind::Name),
        ("signature", Kind::OctetsFrom(1)),
    ];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] =
        &["A 5 3 86400 20030322104703 20030220104535 2642 example. vu8="];

    fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Rrsig> {
        let (input, type_covered) =
            context("type_covered", map(be_u16, RecordType)).parse(input)?;
        let (input, algorithm) = context("algorithm", be_u8).parse(input)?;
        let (input, labels) = context("labels", be_u8).parse(input)?;
        let (input, original_ttl) = context("original_ttl", be_u32).parse(input)?;
        let (input, expiration) = context("expiration", be_u32).parse(input)?;
        let (input, inception) = context("inception", be_u32).parse(input)?;
        let (input, key_tag) = context("key_tag", be_u16).parse(input)?;
        let (input, signer) = context("signer", |i| name(message, i)).parse(input)?;
        let (input, signature) = octets_needed("signature", input)?;
        let rrsig = Rrsig {
            type_covered,
            algorithm,
            labels,
            original_ttl,
            expiration,
            inception,
            key_tag,
            signer,
            signature,
        };
        Ok((input, rrsig))
    }

    fn write(rrsig: &Rrsig, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        rrsig.write_fields(out);
        out.needed("a signature", &rrsig.signature)
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Rrsig, TextFault> {
        Ok(Rrsig {
            type_covered: fields.rtype("the type that is covered")?,
            algorithm: fields.algorithm()?,
            labels: fields.number("a number of labels")?,
            original_ttl: fields.period("the original TTL")?,
            expiration: fields.time("the time of expiration")?,
            inception: fields.time("the time of inception")?,
            key_tag: fields.number("a key tag")?,
            signer: fields.name("the signer's name")?,
            signature: fields.base64_to_end("a signature")?,
        })
    }
}

impl Rrsig {
    /// Appends all fields but the signature.
    pub(crate) fn write_fields(&self, out: &mut RdataWriter<'_>) {
        out.u16(self.type_covered.0);
        out.octets(&[self.algorithm, self.labels]);
        for number in [self.original_ttl, self.expiration, self.inception] {
            out.u32(number);
        }
        out.u16(self.key_tag);
        out.name(&self.signer);
    }
}

fn time(octets: &[u8]) -> String {
    Time(number(octets)).to_string()
}

impl fmt::Display for Rrsig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {} ",
            self.type_covered, self.algorithm, self.labels
        )?;
        let (expiration, inception) = (Time(self.expiration), Time(self.inception));
        write!(f, "{} {expiration} {inception} ", self.original_ttl)?;
        write!(f, "{} {}", self.key_tag, self.signer)?;
        write_base64(f, &self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, read_line};
    use super::*;

    const OCTETS: &str = "0001 05 03 00015180 3e7c3f27 3e54b1cf 0a52 07 6578616d706c65 00 beef";

    /// The times of RFC 4034 section 3.3.
    #[test]
    fn times_are_shown_as_dates() {
        let text = "A 5 3 86400 20030322104703 20030220104535 2642 example. vu8=";
        assert_same(RecordType::RRSIG, text, OCTETS);
        assert_needs(RecordType::RRSIG, OCTETS, 28);
    }

    #[test]
    fn the_error_for_a_time_shows_its_two_forms() {
        assert_eq!(
            read_line(RecordType::RRSIG, "A 5 3 1d 20230229000000 0 1 x. aa=="),
            "RRSIG A 5 3 1d 20230229000000 0 1 x. aa==: '20230229000000' is not the time of expiration: \
             write YYYYMMDDHHmmSS, or seconds since 1970 (RFC 4034 section 3.2)"
        );
    }
}
