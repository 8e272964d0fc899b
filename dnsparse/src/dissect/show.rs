//! The text of a [`Dissection`]: offset, octets, field, meaning.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;

use super::{Dissection, Field, MAX_SHOWN, Part};
use crate::error::PathStep;
use crate::text::escape::{write_label, write_quoted};

/// Octets on a line: an address of IPv6 takes two, and the whole line stays within 100 columns.
const PER_LINE: usize = 8;

impl fmt::Display for Dissection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut heading = None;
        for field in &self.fields {
            let group = field.path.first();
            if group != heading {
                heading = group;
                writeln!(f, "{}", joined(field.path.get(..1).unwrap_or_default()))?;
            }
            self.write_field(f, field)?;
        }
        Ok(())
    }
}

impl Dissection {
    /// Writes the lines of one field.
    pub(super) fn write_field(&self, f: &mut dyn fmt::Write, field: &Field) -> fmt::Result {
        let mut lines = Lines {
            f,
            offset: field.offset,
            octets: self.octets_of(field),
            name: column(field),
        };
        lines.field(field)?;
        match &field.fault {
            Some(fault) => writeln!(f, "    ✗  {fault}"),
            None => Ok(()),
        }
    }

    /// Returns the octets of one field.
    pub(super) fn octets_of(&self, field: &Field) -> &[u8] {
        let octets = self.octets.get(field.offset..field.offset + field.length);
        octets.unwrap_or_default()
    }
}

/// The part of a field that is still to be written, line by line.
struct Lines<'d> {
    f: &'d mut dyn fmt::Write,
    offset: usize,
    octets: &'d [u8],
    /// The field's name; empty once it is written.
    name: String,
}

impl Lines<'_> {
    fn field(&mut self, field: &Field) -> fmt::Result {
        if field.parts.is_empty() {
            return self.octets(field.length, &field.meaning);
        }
        field.parts.iter().try_for_each(|part| match part {
            Part::Label(length) => self.text(*length, 1, label),
            Part::CharString(length) => {
                self.name = column(field);
                self.text(*length, 1, quoted)
            }
            Part::Text(length) => self.text(*length, 0, quoted),
            Part::Octets(length, meaning) => self.octets(*length, meaning),
            Part::Bits {
                octets,
                mask,
                name,
                meaning,
            } => self.bits(*octets, *mask, name, meaning),
        })
    }

    /// Writes octets, with their meaning on the first line.
    fn octets(&mut self, length: usize, meaning: &str) -> fmt::Result {
        let mut meaning = meaning;
        self.lines(length, |_, _| core::mem::take(&mut meaning).to_owned())
    }

    /// Writes text, each line with its own octets. The first `skip` octets are its length.
    fn text(&mut self, length: usize, skip: usize, show: fn(&[u8]) -> String) -> fmt::Result {
        self.lines(length, |line, octets| {
            let skip = if line == 0 { skip } else { 0 };
            show(octets.get(skip..).unwrap_or_default())
        })
    }

    /// Writes at least one line, even for no octets.
    fn lines(
        &mut self,
        length: usize,
        mut meaning: impl FnMut(usize, &[u8]) -> String,
    ) -> fmt::Result {
        let (mut left, rest) = self
            .octets
            .split_at_checked(length)
            .unwrap_or((self.octets, &[]));
        self.octets = rest;
        for line in 0.. {
            let (octets, more) = left.split_at_checked(PER_LINE).unwrap_or((left, &[]));
            let offset = self.offset.to_string();
            self.line(&offset, &hex(octets), &meaning(line, octets))?;
            self.offset += octets.len();
            left = more;
            if left.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Writes a picture of the bits that a mask selects: `.... ...1 .... ....`.
    fn bits(&mut self, bits: u16, mask: u16, name: &str, meaning: &str) -> fmt::Result {
        let mut picture = String::new();
        for bit in (0..16).rev() {
            picture.push(match (mask >> bit & 1, bits >> bit & 1) {
                (0, _) => '.',
                (_, 0) => '0',
                _ => '1',
            });
            if bit % 4 == 0 && bit > 0 {
                picture.push(' ');
            }
        }
        self.name = format!("  {name}");
        self.line("", &picture, meaning)
    }

    fn line(&mut self, offset: &str, octets: &str, meaning: &str) -> fmt::Result {
        let line = format!(
            "{offset:>5}  {octets:23}  {:16}  {meaning}",
            core::mem::take(&mut self.name)
        );
        writeln!(self.f, "{}", line.trim_end())
    }
}

/// Shows the field's name within its section, without the `rdata` that would repeat on every line.
fn column(field: &Field) -> String {
    let within = field.path.get(1..).unwrap_or_default();
    match within {
        [PathStep::Field("rdata"), inner @ ..] if !inner.is_empty() => joined(inner),
        _ => joined(within),
    }
}

pub(super) fn joined(path: &[PathStep]) -> String {
    let steps: Vec<_> = path.iter().map(ToString::to_string).collect();
    steps.join(".")
}

pub(super) fn hex(octets: &[u8]) -> String {
    let pairs: Vec<_> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    pairs.join(" ")
}

/// Shows the octets of a label, with the escapes of names. Writing to a `String` does not fail.
fn label(octets: &[u8]) -> String {
    let mut text = String::new();
    let _ = write_label(&mut text, octets);
    text
}

/// Shows the octets of a character string, between quotes.
pub(super) fn quoted(octets: &[u8]) -> String {
    let mut text = String::new();
    let _ = write_quoted(&mut text, octets);
    text
}

/// Cuts out the middle of an ASCII text that is longer than a line could hold.
pub(super) fn shortened(text: String) -> String {
    shortened_to(MAX_SHOWN, text)
}

/// Cuts out the middle of an ASCII text that is longer than that many characters.
pub(super) fn shortened_to(most: usize, text: String) -> String {
    let ends = text
        .get(..most / 2)
        .zip(text.get(text.len().saturating_sub(most / 2 - 1)..));
    match ends {
        Some((head, tail)) if text.len() > most => format!("{head}…{tail}"),
        _ => text,
    }
}
