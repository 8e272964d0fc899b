//! [`Cursor`]: the position of a dissection in its message; its methods take one field after the
//! other.
//!
//! A method that takes a field returns `None` if the start of the next field is unknown: the octets
//! end, or a name does not show where it ends. `?` carries that to the caller that knows how to go
//! on.

use alloc::format;
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Display;

use super::names::{self, Label};
use super::show::{quoted, shortened};
use super::{Field, Part};
use crate::codes::{Class, RecordType};
use crate::error::{ParseErrorKind, PathStep};
use crate::name::Name;

/// A position in a message, and the fields before it.
pub(super) struct Cursor<'m> {
    pub(super) message: &'m [u8],
    /// The offset of the next octet.
    pub(super) at: usize,
    /// The offset at which fields must end: the end of RDATA while in it, else that of the message.
    pub(super) end: usize,
    /// The fault of a field that does not end by then.
    pub(super) end_fault: ParseErrorKind,
    /// The fields around the next one.
    pub(super) path: Vec<PathStep>,
    /// The fields so far.
    pub(super) fields: Vec<Field>,
    /// Whether an OPT record is among them.
    pub(super) opt_seen: bool,
}

impl<'m> Cursor<'m> {
    pub(super) fn new(message: &'m [u8]) -> Self {
        Cursor {
            message,
            at: 0,
            end: message.len(),
            end_fault: ParseErrorKind::Truncated,
            path: vec![PathStep::Field("header")],
            fields: Vec::new(),
            opt_seen: false,
        }
    }

    /// Counts the octets that are left.
    pub(super) fn left(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    pub(super) fn octet(&self, at: usize) -> Option<u8> {
        self.message.get(at).copied()
    }

    /// Adds a field of that many octets, which must be there.
    pub(super) fn push(&mut self, name: &'static str, length: usize, meaning: String) {
        let mut path = Vec::with_capacity(self.path.len() + 1);
        path.extend_from_slice(&self.path);
        path.push(PathStep::Field(name));
        self.fields.push(Field {
            offset: self.at,
            length,
            path,
            meaning,
            fault: None,
            is_name: false,
            parts: Vec::new(),
        });
        self.at += length;
    }

    /// Marks the last field with a fault. Its first fault stays.
    pub(super) fn fault(&mut self, kind: ParseErrorKind) {
        if let Some(field) = self.fields.last_mut() {
            field.fault.get_or_insert(kind);
        }
    }

    /// Divides the last field into lines.
    pub(super) fn parts(&mut self, parts: Vec<Part>) {
        if let Some(field) = self.fields.last_mut() {
            field.parts = parts;
        }
    }

    /// Takes a field of a known length. If the octets end before it does, the octets that are there
    /// are marked.
    pub(super) fn take(
        &mut self,
        name: &'static str,
        length: usize,
        show: impl FnOnce(&'m [u8]) -> String,
    ) -> Option<&'m [u8]> {
        if length > self.left() {
            self.push(name, self.left(), String::new());
            self.fault(self.end_fault);
            return None;
        }
        let octets = self.message.get(self.at..self.at + length)?;
        self.push(name, length, show(octets));
        Some(octets)
    }

    /// Takes a number of `N` octets, at most four.
    pub(super) fn number<const N: usize>(
        &mut self,
        name: &'static str,
        show: impl FnOnce(u32) -> String,
    ) -> Option<u32> {
        let value = |octets: &[u8]| {
            octets
                .iter()
                .fold(0, |value, octet| value << 8 | u32::from(*octet))
        };
        self.take(name, N, |octets| show(value(octets))).map(value)
    }

    pub(super) fn u16(
        &mut self,
        name: &'static str,
        show: impl FnOnce(u16) -> String,
    ) -> Option<u16> {
        self.number::<2>(name, |value| show(value as u16))
            .map(|value| value as u16)
    }

    pub(super) fn rtype(&mut self, name: &'static str) -> Option<RecordType> {
        let show = |code| coded(RecordType(code).mnemonic(), RecordType(code), code);
        self.u16(name, show).map(RecordType)
    }

    pub(super) fn class(&mut self, name: &'static str) -> Option<Class> {
        let show = |code| coded(Class(code).mnemonic(), Class(code), code);
        self.u16(name, show).map(Class)
    }

    /// Takes a name, with a line for each label. Returns `Some(None)` if it breaks a rule, but its
    /// end is known.
    pub(super) fn name(&mut self, field: &'static str) -> Option<Option<Name>> {
        let whole = names::whole(self.message, self.at, self.end, self.end_fault);
        let meaning = whole.as_ref().map_or_else(|_| String::new(), shown);
        let (parts, length, ends) = self.labels(whole.as_ref().ok(), &meaning);
        self.push(field, length, meaning);
        self.parts(parts);
        if let Some(field) = self.fields.last_mut() {
            field.is_name = true;
        }
        if let Err(kind) = whole {
            self.fault(kind);
        }
        ends.then_some(whole.ok())
    }

    /// Lists the labels of the name that starts here: their lines, the number of their octets, and
    /// whether the name's end is among them.
    fn labels(&self, whole: Option<&Name>, meaning: &str) -> (Vec<Part>, usize, bool) {
        let (mut parts, mut length) = (Vec::new(), 0);
        let view = self.message.get(..self.end).unwrap_or(self.message);
        let equals = whole.map_or_else(String::new, |_| format!("= {meaning}"));
        let (last, last_length, ends) = loop {
            match names::label(view, self.at + length) {
                Some(Label::Text(text)) => {
                    parts.push(Part::Label(text.len() + 1));
                    length += text.len() + 1;
                }
                Some(Label::Root) => break (equals, 1, true),
                Some(Label::Pointer(target)) => {
                    // The pointer stands for the name without the labels before it.
                    let rest = whole
                        .filter(|_| length > 0)
                        .and_then(|name| name.ancestors().nth(parts.len()));
                    let rest = rest.map_or_else(String::new, |name| shown(&name) + " ");
                    break (format!("→ {target} {rest}{equals}"), 2, true);
                }
                Some(Label::Reserved(_)) => break (String::new(), 1, false),
                None => break (String::new(), self.left() - length, false),
            }
        };
        if last_length > 0 {
            parts.push(Part::Octets(last_length, last));
        }
        (parts, length + last_length, ends)
    }

    /// Takes a character string: an octet of length and that many octets of text (RFC 1035 section
    /// 3.3).
    pub(super) fn char_string(&mut self, field: &'static str) -> Option<&'m [u8]> {
        let Some(string) = self.string_at(self.at) else {
            return self.take(field, self.left() + 1, |_| String::new());
        };
        self.push(field, string.len() + 1, shortened(quoted(string)));
        self.parts(vec![Part::CharString(string.len() + 1)]);
        Some(string)
    }

    /// Takes text to the end.
    pub(super) fn text(&mut self, field: &'static str) -> Option<&'m [u8]> {
        let length = self.left();
        let text = self.take(field, length, |text| shortened(quoted(text)))?;
        self.parts(vec![Part::Text(length)]);
        Some(text)
    }

    /// Takes character strings up to the end, at least one. Together they are one field, as in the
    /// parser; with a field for each there could be a field for each octet of the message. If the
    /// last one is cut short, it is a field of its own.
    pub(super) fn char_strings(&mut self, field: &'static str) -> Option<()> {
        let (mut length, mut parts, mut text) = (0, Vec::new(), String::new());
        while let Some(string) = self.string_at(self.at + length) {
            length += string.len() + 1;
            parts.push(Part::CharString(string.len() + 1));
            text.push_str(if text.is_empty() { "" } else { " " });
            text.push_str(&quoted(string));
        }
        if length > 0 {
            self.push(field, length, shortened(text));
            self.parts(parts);
            if self.left() == 0 {
                return Some(());
            }
        }
        self.char_string(field).map(drop)
    }

    /// Returns the character string at `at` without its length, or `None` if it is cut short.
    fn string_at(&self, at: usize) -> Option<&'m [u8]> {
        let (length, rest) = self.message.get(at..self.end)?.split_first()?;
        rest.get(..usize::from(*length))
    }
}

fn shown(name: &Name) -> String {
    shortened(name.to_string())
}

/// Shows a code: its mnemonic and its number, or its generic form, which has the number in it.
pub(super) fn coded(mnemonic: Option<&str>, generic: impl Display, number: impl Display) -> String {
    match mnemonic {
        Some(mnemonic) => format!("{mnemonic} ({number})"),
        None => generic.to_string(),
    }
}

/// `1 octet`, `12 octets`.
pub(super) fn octets(count: usize) -> String {
    format!("{count} octet{}", if count == 1 { "" } else { "s" })
}

/// Shows a duration, from a minute on in larger units too: `3600 seconds = 1h`.
pub(super) fn seconds(value: u32) -> String {
    let mut larger = String::new();
    let mut left = value;
    for (unit, letter) in [
        (604_800, 'w'),
        (86_400, 'd'),
        (3600, 'h'),
        (60, 'm'),
        (1, 's'),
    ] {
        if left >= unit {
            larger.push_str(&format!("{}{letter}", left / unit));
            left %= unit;
        }
    }
    let plural = if value == 1 { "" } else { "s" };
    match value {
        ..60 => format!("{value} second{plural}"),
        _ => format!("{value} seconds = {larger}"),
    }
}
