//! The order of a message for [`dissect`](super::dissect): sections, entries, RDATA, and how to go on after faults.

use super::layout::{Kind, Row, layout, option_rows};
use super::read::{Walk, coded, octets, seconds};
use super::show::{quoted, shortened};
use super::{Field, Part, header};
use crate::edns::{EdnsOption, option_name};
use crate::error::{Broken, Step};
use crate::parse::is_caa_tag;
use crate::types::{Class, RecordType};

/// The sections, and the header's counts of their entries.
const SECTIONS: [(&str, &str); 4] = [
    ("question", "qdcount"),
    ("answer", "ancount"),
    ("authority", "nscount"),
    ("additional", "arcount"),
];

/// What is said of octets behind a name that has no end.
const LOST: &str = "where the next field starts cannot be known";

/// The fields of a message (RFC 1035 section 4.1).
pub(super) fn fields(message: &[u8]) -> Vec<Field> {
    let mut walk = Walk::new(message);
    if let Some(counts) = header::header(&mut walk) {
        walk.sections(counts);
    }
    walk.fields
}

impl Walk<'_> {
    fn sections(&mut self, counts: [u16; 4]) {
        let mut known = Some(());
        for ((section, counter), count) in SECTIONS.into_iter().zip(counts) {
            for entry in 0..usize::from(count) {
                self.path = vec![Step::Entry(section, entry)];
                if known.is_none() {
                    let missing = usize::from(count) - entry;
                    self.push(
                        "missing",
                        0,
                        format!("{missing} more, since {counter} is {count}"),
                    );
                    break;
                }
                known = self.entry(section);
                if known.is_none() && self.left() > 0 {
                    self.push("unread", self.left(), LOST.to_owned());
                }
            }
        }
        if let count @ 1.. = self.left() {
            self.path = vec![Step::Field("trailing")];
            self.push("octets", count, octets(count));
            self.fault(Broken::TrailingOctets { count });
        }
    }

    /// RFC 1035 sections 4.1.2 and 4.1.3.
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

    /// Whether OPT may stand here, whose type was just read (RFC 6891 section 6.1).
    fn check_opt(&mut self, section: &str, at_root: bool) {
        let seen = std::mem::replace(&mut self.opt_seen, true);
        if section != "additional" {
            self.fault(Broken::MisplacedOpt);
        } else if seen {
            self.fault(Broken::SecondOpt);
        } else if !at_root {
            self.fault(Broken::OptOwner);
        }
    }

    /// RDATA by the rows of its type. Whatever is in it, the walk goes on behind it, if the message does.
    fn rdata(&mut self, length: usize, rtype: RecordType, class: Class) -> Option<()> {
        let (stop, message_end) = (self.at + length, self.end);
        if stop <= message_end {
            (self.end, self.ended) = (stop, Broken::RdataTruncated);
        }
        self.path.push(Step::Field("rdata"));
        let read = layout(rtype, class, length)
            .iter()
            .try_for_each(|row| self.row(*row));
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
                self.fault(Broken::RdataLeftOver { count });
            }
        }
        if stop > message_end {
            let known = self
                .fields
                .last()
                .is_some_and(|field| field.fault == Some(Broken::Truncated));
            self.push(
                "missing",
                0,
                format!(
                    "{} more, since rdlength is {length}",
                    octets(stop - message_end)
                ),
            );
            if !known {
                self.fault(Broken::Truncated);
            }
        }
        self.path.pop();
        (self.end, self.ended) = (message_end, Broken::Truncated);
        (stop <= message_end).then_some(())
    }

    fn row(&mut self, (field, kind): Row) -> Option<()> {
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
            Kind::Shown(length, say) => self.take(field, length, say).map(drop),
            Kind::CharString => self.char_string(field).map(drop),
            Kind::Counted(say) => self.counted(field, say),
            Kind::CharStrings => self.char_strings(field),
            Kind::Tag => self.tag(field),
            Kind::Text => {
                self.take(field, left, |text| shortened(quoted(text)))?;
                self.parts(vec![Part::Text(left)]);
                Some(())
            }
            Kind::Octets if left == 0 => Some(()),
            Kind::Octets => self.take(field, left, |_| octets(left)).map(drop),
            Kind::Types => self.types(field),
            Kind::Params => self.params(),
            Kind::Options => self.options(),
        }
    }

    /// RFC 8659 section 4.1.
    fn tag(&mut self, field: &'static str) -> Option<()> {
        let tag = self.char_string(field)?;
        if !str::from_utf8(tag).is_ok_and(is_caa_tag) {
            self.fault(Broken::BadTag);
        }
        Some(())
    }

    /// RFC 6891 section 6.1.2: code, length, octets, as often as RDATA has room.
    fn options(&mut self) -> Option<()> {
        for option in 0.. {
            if self.left() == 0 {
                break;
            }
            self.path.push(Step::Entry("option", option));
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
        let rdata_end = std::mem::replace(&mut self.end, self.at + length);
        let rows = option_rows(&EdnsOption::from_octets(code, value));
        let mut filled = rows.iter().filter(|_| length > 0);
        let read = filled.try_for_each(|row| self.row(*row));
        self.end = rdata_end;
        read
    }
}

/// A TTL with its top bit set means 0 (RFC 2181 section 8).
fn ttl(value: u32) -> String {
    match value {
        0x8000_0000.. => format!("{value}, counts as 0 (RFC 2181 section 8)"),
        _ => seconds(value),
    }
}
