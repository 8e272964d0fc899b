//! HINFO: which machine and system (RFC 1035 section 3.3.2); today mostly the short answer to ANY (RFC 8482).

use std::fmt;

use super::{counted, write_counted};
use crate::parse::PResult;
use crate::text::escape::write_quoted;
use crate::text::{Fault, Fields};
use crate::write::WriteError;

/// Which machine and system a host is: two character strings (RFC 1035 section 3.3.2).
///
/// A server that does not care to answer [`ANY`](crate::RecordType::ANY) sends one with `RFC8482` as its CPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hinfo {
    /// The machine; at most 255 octets.
    pub cpu: Vec<u8>,
    /// The operating system; at most 255 octets.
    pub os: Vec<u8>,
}

impl Hinfo {
    pub(crate) fn parse(input: &[u8]) -> PResult<'_, Hinfo> {
        let (input, cpu) = counted("cpu", input)?;
        let (input, os) = counted("os", input)?;
        Ok((input, Hinfo { cpu, os }))
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        write_counted(out, "an HINFO record's cpu", &self.cpu)?;
        write_counted(out, "an HINFO record's os", &self.os)
    }

    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Result<Hinfo, Fault> {
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
