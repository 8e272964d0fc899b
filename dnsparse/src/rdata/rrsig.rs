//! RRSIG: a signature over an RRset (RFC 4034 section 3), and the two forms of its times.

use std::fmt;

use crate::parse::number::{be_u8, be_u16, be_u32};
use nom::Parser;
use nom::combinator::map;
use nom::error::context;

use super::{octets_left, write_base64};
use crate::parse::{PResult, name};
use crate::text::{Fault, Fields};
use crate::types::{Name, RecordType};

/// A signature over the RRset with the same owner and class, and the type that it covers (RFC 4034 section 3.1).
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
    /// Labels of the owner, less than it has where a wildcard was signed.
    pub labels: u8,
    /// The TTL with which the records were signed, in seconds.
    pub original_ttl: u32,
    /// Until when it holds: seconds since 1970, modulo 2^32 (RFC 4034 section 3.1.5).
    pub expiration: u32,
    /// From when on it holds: the same.
    pub inception: u32,
    /// The tag of the key that made it.
    pub key_tag: u16,
    /// The zone whose key that is.
    pub signer: Name,
    /// The signature, in the algorithm's own form.
    pub signature: Vec<u8>,
}

impl Rrsig {
    pub(crate) fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Rrsig> {
        let (input, type_covered) =
            context("type_covered", map(be_u16, RecordType)).parse(input)?;
        let (input, algorithm) = context("algorithm", be_u8).parse(input)?;
        let (input, labels) = context("labels", be_u8).parse(input)?;
        let (input, original_ttl) = context("original_ttl", be_u32).parse(input)?;
        let (input, expiration) = context("expiration", be_u32).parse(input)?;
        let (input, inception) = context("inception", be_u32).parse(input)?;
        let (input, key_tag) = context("key_tag", be_u16).parse(input)?;
        let (input, signer) = context("signer", |i| name(message, i)).parse(input)?;
        let (input, signature) = octets_left("signature", input)?;
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

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.type_covered.0.to_be_bytes());
        out.extend_from_slice(&[self.algorithm, self.labels]);
        for number in [self.original_ttl, self.expiration, self.inception] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(&self.key_tag.to_be_bytes());
        out.extend_from_slice(self.signer.wire());
        out.extend_from_slice(&self.signature);
    }

    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Result<Rrsig, Fault> {
        Ok(Rrsig {
            type_covered: fields.rtype("the type that is covered")?,
            algorithm: fields.algorithm()?,
            labels: fields.number("a number of labels")?,
            original_ttl: fields.period("the original TTL")?,
            expiration: fields.time("the time of expiration")?,
            inception: fields.time("the time of inception")?,
            key_tag: fields.number("a key tag")?,
            signer: fields.name("the signer's name")?,
            signature: fields.base64_to_end()?,
        })
    }
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

/// Seconds since 1970, as `YYYYMMDDHHmmSS` in UTC (RFC 4034 section 3.2). The 32 bits are taken to mean 1970 to 2106: which
/// turn of the clock is meant cannot be told without a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) u32);

const DAY: u32 = 24 * 60 * 60;

impl Time {
    /// Reads either form: a date has 14 digits, seconds have at most ten.
    pub(crate) fn from_text(text: &str) -> Option<Time> {
        if !text.bytes().all(|octet| octet.is_ascii_digit()) {
            return None;
        }
        if text.len() != 14 {
            return text.parse().ok().map(Time);
        }
        let part = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
        let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
        let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days =
            days_before_year(year)? + days_before_month(year, month)? + day.checked_sub(1)?;
        if day > days_in(year, month) {
            return None;
        }
        let of_day = hour * 3600 + minute * 60 + second;
        days.checked_mul(DAY)?.checked_add(of_day).map(Time)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut days, of_day) = (self.0 / DAY, self.0 % DAY);
        let mut year = 1970;
        while days >= 365 + u32::from(is_leap(year)) {
            days -= 365 + u32::from(is_leap(year));
            year += 1;
        }
        let mut month = 1;
        while days >= days_in(year, month) {
            days -= days_in(year, month);
            month += 1;
        }
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        write!(
            f,
            "{year:04}{month:02}{:02}{hour:02}{minute:02}{second:02}",
            days + 1
        )
    }
}

/// Days from the start of 1970 to that of a year that 32 bits of seconds can reach.
fn days_before_year(year: u32) -> Option<u32> {
    let years = (1970..=2106).contains(&year).then_some(1970..year)?;
    Some(years.map(|year| 365 + u32::from(is_leap(year))).sum())
}

fn days_before_month(year: u32, month: u32) -> Option<u32> {
    let months = (1..=12).contains(&month).then_some(1..month)?;
    Some(months.map(|month| days_in(year, month)).sum())
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{assert_needs, assert_same, complaint};
    use super::*;

    const OCTETS: &str = "0001 05 03 00015180 3e7c3f27 3e54b1cf 0a52 07 6578616d706c65 00 beef";

    /// The times of RFC 4034 section 3.3.
    #[test]
    fn times_are_shown_as_dates() {
        let text = "A 5 3 86400 20030322104703 20030220104535 2642 example. vu8=";
        assert_same(RecordType::RRSIG, text, OCTETS);
        assert_needs(RecordType::RRSIG, OCTETS, 27);
    }

    #[test]
    fn times_are_read_in_either_form() {
        for (text, seconds) in [
            ("0", 0),
            ("19700101000000", 0),
            ("4294967295", u32::MAX),
            ("21060207062815", u32::MAX),
            ("20000229120000", 951_825_600),
            ("951825600", 951_825_600),
        ] {
            assert_eq!(Time::from_text(text), Some(Time(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "-1",
            "4294967296",
            "21060207062816",
            "19691231235959",
            "20230229000000",
            "21000229000000",
            "20240431000000",
            "20240100000000",
            "20240001000000",
            "20241301000000",
            "20240101240000",
            "20240101006000",
            "20240101000060",
            "2024010100000é",
        ] {
            assert_eq!(Time::from_text(text), None, "{text}");
        }
        assert_eq!(
            complaint(RecordType::RRSIG, "A 5 3 1d 20230229000000 0 1 x. aa=="),
            "RRSIG A 5 3 1d 20230229000000 0 1 x. aa==: '20230229000000' is not the time of expiration: \
             write YYYYMMDDHHmmSS, or seconds since 1970 (RFC 4034 section 3.2)"
        );
    }

    proptest! {
        #[test]
        fn every_time_reads_back(seconds: u32) {
            prop_assert_eq!(Time::from_text(&Time(seconds).to_string()), Some(Time(seconds)));
        }
    }
}
