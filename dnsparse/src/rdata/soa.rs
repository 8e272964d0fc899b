//! SOA: the start of a zone, and its timers (RFC 1035 section 3.3.13).

use core::fmt;

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::name::Name;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, cut_short, name};

/// The start of a zone ("start of authority"): two names, then five `u32` (RFC 1035 section
/// 3.3.13).
///
/// ```text
///     /                 MNAME: a name                 /
///     /                 RNAME: a name                 /
///     |                SERIAL: 32 bits                |
///     |                REFRESH: 32 bits               |
///     |                 RETRY: 32 bits                |
///     |                EXPIRE: 32 bits                |
///     |                MINIMUM: 32 bits               |
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Soa {
    /// The primary server, from which the other servers copy the zone.
    pub mname: Name,
    /// The mail address of the zone's operator; the first dot stands for the `@`.
    pub rname: Name,
    /// The zone's version, which goes up with each change.
    pub serial: u32,
    /// Seconds after which a secondary server looks at the serial again.
    pub refresh: u32,
    /// Seconds until it tries again after a failure.
    pub retry: u32,
    /// Seconds after which it stops answering if it does not reach the primary server.
    pub expire: u32,
    /// Seconds for which a negative answer may be cached, if less than this record's TTL (RFC 2308
    /// section 4).
    pub minimum: u32,
}

impl RdataFormat for Soa {
    type Value = Soa;

    const LAYOUT: &'static [Row] = &[
        ("mname", Kind::Name),
        ("rname", Kind::Name),
        ("serial", Kind::U32),
        ("refresh", Kind::Seconds),
        ("retry", Kind::Seconds),
        ("expire", Kind::Seconds),
        ("minimum", Kind::Seconds),
    ];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] =
        &["ns1.example.com. first\\.last.example.com. 2024060100 86400 7200 2419200 300"];

    fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Soa> {
        let (input, mname) = context("mname", |i| name(message, i)).parse(input)?;
        let (input, rname) = context("rname", |i| name(message, i)).parse(input)?;
        let Some((octets, input)) = input.split_first_chunk::<20>() else {
            let fields = ["serial", "refresh", "retry", "expire", "minimum"];
            return Err(cut_short(input, &fields.map(|field| (field, 4))));
        };
        let mut numbers = [0; 5];
        for (number, octets) in numbers.iter_mut().zip(octets.as_chunks().0) {
            *number = u32::from_be_bytes(*octets);
        }
        let [serial, refresh, retry, expire, minimum] = numbers;
        let soa = Soa {
            mname,
            rname,
            serial,
            refresh,
            retry,
            expire,
            minimum,
        };
        Ok((input, soa))
    }

    fn write(soa: &Soa, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.compressed_name(&soa.mname);
        out.compressed_name(&soa.rname);
        let numbers = [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum];
        out.octets(numbers.map(u32::to_be_bytes).as_flattened());
        Ok(())
    }

    /// The times may have units, as a TTL may.
    fn read(fields: &mut Fields<'_, '_>) -> Result<Soa, TextFault> {
        Ok(Soa {
            mname: fields.name("the primary server's name")?,
            rname: fields.name("the mail address, as a name,")?,
            serial: fields.number("a serial")?,
            refresh: fields.period("the refresh time")?,
            retry: fields.period("the retry time")?,
            expire: fields.period("the expire time")?,
            minimum: fields.period("the minimum TTL")?,
        })
    }
}

impl fmt::Display for Soa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.mname, self.rname, self.serial)?;
        let times = [self.refresh, self.retry, self.expire, self.minimum];
        times.iter().try_for_each(|time| write!(f, " {time}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn five_numbers_come_after_the_names() {
        let octets = "01 61 00  01 62 00  00000001 00000002 00000003 00000004 00000005";
        assert_same(RecordType::SOA, "a. b. 1 2 3 4 5", octets);
        assert_needs(RecordType::SOA, octets, 26);
    }
}
