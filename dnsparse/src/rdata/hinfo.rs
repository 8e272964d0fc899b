//! HINFO: a host's machine and system (RFC 1035 section 3.3.2); today mostly the short answer to
//! ANY (RFC 8482).

use alloc::vec::Vec;
use core::fmt;

use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::text::escape::write_quoted;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, counted};

/// A host's machine and system: two character strings (RFC 1035 section 3.3.2).
///
/// A server that refuses to list all records for [`ANY`](crate::RecordType::ANY) sends one with
/// `RFC8482` as its CPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hinfo {
    /// The machine; at most 255 octets.
    pub cpu: Vec<u8>,
    /// The operating system; at most 255 octets.
    pub os: Vec<u8>,
}

impl RdataFormat for Hinfo {
    type Value = Hinfo;

    const LAYOUT: &'static [Row] = &[("cpu", Kind::CharString), ("os", Kind::CharString)];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &[r#""RFC8482" "\"6""#, r#""" """#];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Hinfo> {
        let (input, cpu) = counted("cpu", input)?;
        let (input, os) = counted("os", input)?;
        Ok((input, Hinfo { cpu, os }))
    }

    fn write(hinfo: &Hinfo, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.counted("an HINFO record's cpu", &hinfo.cpu)?;
        out.counted("an HINFO record's os", &hinfo.os)
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Hinfo, TextFault> {
        Ok(Hinfo {
            cpu: fields.char_string("a machine")?,
            os: fields.char_string("an operating system")?,
        })
    }
}

impl fmt::Display for Hinfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_quoted(f, &self.cpu)?;
        f.write_str(" ")?;
        write_quoted(f, &self.os)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, fault};
    use super::*;
    use crate::{Rdata, RecordType};

    const OCTETS: &str = "07 52464338343832 02 2236";

    #[test]
    fn two_strings_stand_in_quotes() {
        assert_same(RecordType::HINFO, r#""RFC8482" "\"6""#, OCTETS);
        assert_same(RecordType::HINFO, r#""" """#, "00 00");
    }

    #[test]
    fn there_are_two_strings_and_no_more() {
        assert_needs(RecordType::HINFO, OCTETS, 11);
        assert_eq!(
            fault(RecordType::HINFO, "00 00 00"),
            "rdata at octet 2: octets left over in RDATA: 1, RDLENGTH is too large"
        );
    }

    #[test]
    fn a_string_that_one_octet_cannot_count_is_not_written() {
        let hinfo = Hinfo {
            cpu: vec![b'x'; 256],
            os: vec![],
        };
        let error = Rdata::Hinfo(Box::new(hinfo)).octets().unwrap_err();
        assert_eq!(
            error.to_string(),
            "an HINFO record's cpu has 256 octets, the limit is 255"
        );
    }
}
