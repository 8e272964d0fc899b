//! EDNS options for [`dissect`](super::dissect()).

use alloc::format;
use alloc::string::String;

use super::cursor::{Cursor, coded, octets};
use crate::edns::{EdnsOption, ExtendedError, option_name};
use crate::error::PathStep;
use crate::rdata::layout::{Kind, OPAQUE, Row, number};

impl Cursor<'_> {
    /// Takes options to the end of RDATA: code, length, octets (RFC 6891 section 6.1.2).
    pub(super) fn options(&mut self) -> Option<()> {
        for option in 0.. {
            if self.left() == 0 {
                break;
            }
            self.path.push(PathStep::Entry("option", option));
            let read = self.option();
            self.path.pop();
            read?;
        }
        Some(())
    }

    fn option(&mut self) -> Option<()> {
        let code = self.u16("code", |code| {
            coded(option_name(code), format!("OPTION{code}"), code)
        })?;
        let length = usize::from(self.u16("length", |length| octets(length.into()))?);
        let Some(value) = self
            .message
            .get(self.at..self.at + length)
            .filter(|_| length <= self.left())
        else {
            return self.take("octets", length, |_| String::new()).map(drop);
        };
        let rdata_end = core::mem::replace(&mut self.end, self.at + length);
        let rows = option_rows(&EdnsOption::from_octets(code, value));
        let mut filled = rows.iter().filter(|_| length > 0);
        let read = filled.try_for_each(|row| self.row(*row));
        self.end = rdata_end;
        read
    }
}

/// Lists the fields of an EDNS option whose octets have the form of its code.
fn option_rows(option: &EdnsOption) -> &'static [Row] {
    use Kind::*;
    match option {
        EdnsOption::Nsid(_) => &[("nsid", Text)],
        EdnsOption::ClientSubnet(_) => &[
            ("family", U16),
            ("source_prefix", U8),
            ("scope_prefix", U8),
            ("address", Octets),
        ],
        EdnsOption::Cookie(_) => &[("client", Shown(8, no_meaning)), ("server", Octets)],
        EdnsOption::Keepalive(None) => &[],
        EdnsOption::Keepalive(Some(_)) => &[("timeout", Shown(2, tenths))],
        EdnsOption::ExtendedError(_) => &[("info_code", Shown(2, info_code)), ("extra_text", Text)],
        EdnsOption::Padding(_) => &[("padding", Octets)],
        _ => OPAQUE,
    }
}

/// RFC 7828 section 3.1.
fn tenths(octets: &[u8]) -> String {
    let tenths = number(octets);
    format!("{}.{} seconds", tenths / 10, tenths % 10)
}

/// RFC 8914 section 4.
fn info_code(octets: &[u8]) -> String {
    let code = number(octets) as u16;
    let error = ExtendedError {
        info_code: code,
        extra_text: String::new(),
    };
    coded(error.name(), code, code)
}

fn no_meaning(_: &[u8]) -> String {
    String::new()
}
