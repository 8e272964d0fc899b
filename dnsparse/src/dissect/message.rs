//! The order of a message for [`dissect`](super::dissect()): sections, entries, RDATA, and how to
//! go on after faults.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use super::cursor::{Cursor, coded, octets, seconds};
use super::{Field, header};
use crate::codes::{Class, RecordType};
use crate::error::{ParseErrorKind, PathStep};
use crate::rdata::layout;
use crate::rdata::layout::{EDNS_OPTIONS, Kind, Row};

/// The sections, and the header's counts of their entries.
const SECTIONS: [(&str, &str); 4] = [
    ("question", "qdcount"),
    ("answer", "ancount"),
    ("authority", "nscount"),
    ("additional", "arcount"),
];

/// The meaning shown for octets after a name without an end.
const LOST: &str = "where the next field starts cannot be known";

/// Lists the fields of a message (RFC 1035 section 4.1).
pub(super) fn fields(message: &[u8]) -> Vec<Field> {
    let mut cursor = Cursor::new(message);
    if let Some(counts) = header::header(&mut cursor) {
        cursor.sections(counts);
    }
    cursor.fields
}

impl Cursor<'_> {
    fn sections(&mut self, counts: [u16; 4]) {
        let mut next_is_known = Some(());
        for ((section, counter), count) in SECTIONS.into_iter().zip(counts) {
            for entry in 0..usize::from(count) {
                self.path = vec![PathStep::Entry(section, entry)];
                if next_is_known.is_none() {
                    let missing = usize::from(count) - entry;
                    self.push(
                        "missing",
                        0,
                        format!("{missing} more, since {counter} is {count}"),
                    );
                    break;
                }
                next_is_known = self.entry(section);
                if next_is_known.is_none() && self.left() > 0 {
                    self.push("unread", self.left(), LOST.to_owned());
                }
            }
        }
        if let count @ 1.. = self.left() {
            self.path = vec![PathStep::Field("trailing")];
            self.push("octets", count, octets(count));
            self.fault(ParseErrorKind::TrailingOctets { count });
        }
    }

    /// Takes a question or a record (RFC 1035 sections 4.1.2 and 4.1.3).
    fn entry(&mut self, section: &str) -> Option<()> {
        if section == "question" {
            self.name("qname")?;
            self.rtype("qtype")?;
            self.class("qclass")?;
            return Some(());
        }
        let owner = self.name("owner")?;
        let rtype = self.rtype("type")?;
        let class = if rtype == RecordType::OPT {
            self.check_opt(section, owner.is_none_or(|owner| owner.is_root()));
            let udp_size = self.u16("udp_size", |size| octets(size.into()))?;
            header::edns(self)?;
            Class(udp_size)
        } else {
            let class = self.class("class")?;
            self.number::<4>("ttl", ttl)?;
            class
        };
        let length = self.u16("rdlength", |length| octets(length.into()))?;
        self.rdata(length.into(), rtype, class)
    }

    /// Checks that OPT, whose type was just read, may stand here (RFC 6891 section 6.1).
    fn check_opt(&mut self, section: &str, at_root: bool) {
        let seen = core::mem::replace(&mut self.opt_seen, true);
        if section != "additional" {
            self.fault(ParseErrorKind::MisplacedOpt);
        } else if seen {
            self.fault(ParseErrorKind::SecondOpt);
        } else if !at_root {
            self.fault(ParseErrorKind::OptOwnerNotRoot);
        }
    }

    /// Takes RDATA by the layout of its type. The dissection goes on after it, if the message
    /// does.
    fn rdata(&mut self, length: usize, rtype: RecordType, class: Class) -> Option<()> {
        let (stop, message_end) = (self.at + length, self.end);
        if stop <= message_end {
            (self.end, self.end_fault) = (stop, ParseErrorKind::RdataTruncated);
        }
        self.path.push(PathStep::Field("rdata"));
        let rows = match rtype {
            RecordType::OPT => EDNS_OPTIONS,
            _ => layout(rtype, class, length),
        };
        let read = rows.iter().try_for_each(|row| self.row(*row));
        if let count @ 1.. = self.left() {
            self.push(
                "unread",
                count,
                if read.is_some() {
                    octets(count)
                } else {
                    LOST.to_owned()
                },
            );
            if read.is_some() && stop <= message_end {
                self.fault(ParseErrorKind::RdataLeftOver { count });
            }
        }
        if stop > message_end {
            let is_marked = self
                .fields
                .last()
                .is_some_and(|field| field.fault == Some(ParseErrorKind::Truncated));
            self.push(
                "missing",
                0,
                format!(
                    "{} more, since rdlength is {length}",
                    octets(stop - message_end)
                ),
            );
            if !is_marked {
                self.fault(ParseErrorKind::Truncated);
            }
        }
        self.path.pop();
        (self.end, self.end_fault) = (message_end, ParseErrorKind::Truncated);
        (stop <= message_end).then_some(())
    }

    /// Takes one field of RDATA.
    pub(super) fn row(&mut self, (field, kind): Row) -> Option<()> {
        let left = self.left();
        match kind {
            Kind::U8 => self
                .number::<1>(field, |number| number.to_string())
                .map(drop),
            Kind::U16 => self
                .number::<2>(field, |number| number.to_string())
                .map(drop),
            Kind::U32 => self
                .number::<4>(field, |number| number.to_string())
                .map(drop),
            Kind::Seconds => self.number::<4>(field, seconds).map(drop),
            Kind::Name => self.name(field).map(drop),
            Kind::Code(name) => self
                .number::<1>(field, |code| coded(name(code as u8), code, code))
                .map(drop),
            Kind::RecordType => self.rtype(field).map(drop),
            Kind::Shown(length, show) => self.take(field, length, show).map(drop),
            Kind::Checked(length, check) => {
                let shown = |octets: &[u8]| check(octets).unwrap_or_default();
                let octets = self.take(field, length, shown)?;
                check(octets).map_or_else(|kind| self.fault(kind), |_| {});
                Some(())
            }
            Kind::CharString => self.char_string(field).map(drop),
            Kind::Counted(show) => self.counted(field, show),
            Kind::CharStrings => self.char_strings(field),
            Kind::CheckedString(check) => {
                let string = self.char_string(field)?;
                check(string).unwrap_or_else(|kind| self.fault(kind));
                Some(())
            }
            Kind::Text => self.text(field).map(drop),
            Kind::Octets if left == 0 => Some(()),
            Kind::Octets => self.take(field, left, |_| octets(left)).map(drop),
            Kind::OctetsFrom(least) => {
                let length = left.max(least);
                self.take(field, length, |_| octets(length)).map(drop)
            }
            Kind::Rest(check) => self.rest(field, check),
            Kind::Types => self.types(field),
            Kind::Params => self.params(),
            Kind::Options => self.options(),
        }
    }
}

/// Shows a TTL. With its top bit set it means 0 (RFC 2181 section 8).
fn ttl(value: u32) -> String {
    match value {
        0x8000_0000.. => format!("{value}, counts as 0 (RFC 2181 section 8)"),
        _ => seconds(value),
    }
}
