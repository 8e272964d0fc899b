//! `$GENERATE`: lines made from a template, as BIND has it.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;

use crate::text::{Entry, Field, TextFault, ZoneErrorKind};

/// The lines of one `$GENERATE` directive that are still to come.
///
/// `$GENERATE 1-254/2 host$ A 192.0.2.$` stands for a line for each number from 1 to 254 in steps
/// of 2, with the number in the place of each `$`. `${OFFSET,WIDTH,BASE}` adds an offset, fills up
/// with zeros to a width, and writes the number in decimal (`d`), octal (`o`), hexadecimal (`x`,
/// `X`), or as the digits of a reversed address (`n`, `N`). `\$` and `$$` stand for the character.
#[derive(Debug)]
pub(super) struct Generate {
    template: String,
    /// The next number, and the last.
    next: u32,
    last: u32,
    step: u32,
    /// The offset of the directive, for errors in its lines.
    pub(super) at: usize,
}

/// A number of a template: the value that is added to the counter, the width, the base.
struct Modifier {
    offset: i64,
    width: usize,
    base: char,
}

/// The number of octets up to which a line counts as one.
const OCTETS_PER_LINE: usize = 256;
/// The widest number.
const MAX_WIDTH: usize = 255;

impl Generate {
    /// Reads the directive. `text` is the file, of which the template is a piece.
    pub(super) fn read(entry: &Entry<'_>, text: &str) -> Result<Generate, TextFault> {
        let [directive, range, first, ..] = entry.fields.as_slice() else {
            return Err(fault(entry.start(), ZoneErrorKind::Generate));
        };
        let end = entry.fields.last().map_or(first.end(), Field::end);
        let (next, last, step) =
            parse_range(range.text).ok_or(fault(range.start(), ZoneErrorKind::Generate))?;
        let template = text.get(first.start()..end).unwrap_or_default().to_owned();
        let generate = Generate {
            template,
            next,
            last,
            step,
            at: directive.start(),
        };
        match (generate.line(next), generate.line(last)) {
            (Some(_), Some(_)) => Ok(generate),
            _ => Err(fault(first.start(), ZoneErrorKind::Generate)),
        }
    }

    /// Counts the lines that are left; one of more than 256 octets counts as several, so that a
    /// short directive cannot make an excessive amount of text.
    pub(super) fn cost(&self) -> u32 {
        let ends =
            [self.next, self.last].map(|number| self.line(number).map_or(0, |line| line.len()));
        let longest = ends.into_iter().max().unwrap_or_default();
        let lines = (self.last - self.next) / self.step + 1;
        let each = u32::try_from(longest.div_ceil(OCTETS_PER_LINE)).unwrap_or(u32::MAX);
        lines.saturating_mul(each)
    }

    /// Makes the line for a number.
    fn line(&self, number: u32) -> Option<String> {
        let (mut line, mut left) = (String::new(), self.template.as_str());
        while let Some(at) = left.find(['$', '\\']) {
            let (before, rest) = left.split_at(at);
            line.push_str(before);
            left = match rest.as_bytes() {
                [b'\\', b'$', ..] | [b'$', b'$', ..] => {
                    line.push_str("\\$");
                    rest.get(2..)?
                }
                [b'\\', ..] => {
                    let end = rest.char_indices().nth(2).map_or(rest.len(), |(at, _)| at);
                    line.push_str(rest.get(..end)?);
                    rest.get(end..)?
                }
                [b'$', b'{', ..] => {
                    let (modifier, after) = rest.get(2..)?.split_once('}')?;
                    line.push_str(&Modifier::parse(modifier)?.show(number)?);
                    after
                }
                _ => {
                    line.push_str(&number.to_string());
                    rest.get(1..)?
                }
            };
        }
        line.push_str(left);
        Some(line)
    }
}

impl Iterator for Generate {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        if self.next > self.last {
            return None;
        }
        let line = self.line(self.next);
        // The last number is at most 2^31 - 1, and so is the step.
        self.next += self.step;
        line
    }
}

impl Modifier {
    /// Parses `OFFSET`, `OFFSET,WIDTH` or `OFFSET,WIDTH,BASE`.
    fn parse(text: &str) -> Option<Modifier> {
        let mut parts = text.split(',');
        let offset: i32 = parts.next()?.parse().ok()?;
        let width = parts.next().map_or(Some(0), |width| width.parse().ok())?;
        let base = parts.next().unwrap_or("d");
        let is_valid = matches!(base, "d" | "o" | "x" | "X" | "n" | "N")
            && width <= MAX_WIDTH
            && parts.next().is_none();
        is_valid.then_some(Modifier {
            offset: offset.into(),
            width,
            base: base.chars().next()?,
        })
    }

    fn show(&self, number: u32) -> Option<String> {
        let value = u32::try_from(i64::from(number) + self.offset).ok()?;
        let width = self.width;
        Some(match self.base {
            'o' => format!("{value:0width$o}"),
            'x' => format!("{value:0width$x}"),
            'X' => format!("{value:0width$X}"),
            'n' => nibbles(&format!("{value:x}"), width),
            'N' => nibbles(&format!("{value:X}"), width),
            _ => format!("{value:0width$}"),
        })
    }
}

/// Writes digits as labels, the last one first, up to a width that counts the dots: `1.a.0`.
fn nibbles(digits: &str, width: usize) -> String {
    let count = digits.len().max(width.div_ceil(2));
    let digits = digits.chars().rev().chain(core::iter::repeat('0'));
    let labels: Vec<String> = digits.take(count).map(String::from).collect();
    labels.join(".")
}

/// Parses `START-STOP` or `START-STOP/STEP`; numbers are at most 2^31 - 1, as in BIND.
fn parse_range(text: &str) -> Option<(u32, u32, u32)> {
    let (range, step) = text.split_once('/').unwrap_or((text, "1"));
    let (start, stop) = range.split_once('-')?;
    let number = |text: &str| {
        let number = text.parse().ok()?;
        let is_digits = text.bytes().all(|octet| octet.is_ascii_digit());
        (is_digits && number < 1 << 31).then_some(number)
    };
    let (start, stop, step) = (number(start)?, number(stop)?, number(step)?);
    (start <= stop && step > 0).then_some((start, stop, step))
}

fn fault(at: usize, kind: ZoneErrorKind) -> TextFault {
    TextFault::new(at, kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(template: &str, range: &str) -> Option<Vec<String>> {
        let (next, last, step) = parse_range(range)?;
        let template = template.to_owned();
        let generate = Generate {
            template,
            next,
            last,
            step,
            at: 0,
        };
        Some(generate.collect())
    }

    #[test]
    fn each_dollar_is_a_number() {
        let line = |template| lines(template, "10-10").unwrap().concat();
        assert_eq!(line("$ A 192.0.2.$"), "10 A 192.0.2.10");
        assert_eq!(
            line("a${-3}b ${5,4} ${0,3,x} ${0,0,o} ${0,2,X}"),
            "a7b 0015 00a 12 0A"
        );
        assert_eq!(line(r"\$a $$b \\$ \065"), r"\$a \$b \\10 \065");
        assert_eq!(line("${0,3,n} ${16,5,N} ${0,0,n}"), "a.0 A.1.0 a");
        assert_eq!(
            lines("$", "2-9/3"),
            Some(["2", "5", "8"].map(String::from).into())
        );
        assert_eq!(lines("$", "0-0"), Some(vec!["0".to_owned()]));
    }

    #[test]
    fn ranges_and_modifiers_have_limits() {
        for range in [
            "",
            "1",
            "2-1",
            "1-2/0",
            "1-2147483648",
            "-1-2",
            "1-+2",
            "a-b",
            "1-2/x",
        ] {
            assert_eq!(lines("$", range), None, "{range}");
        }
        for modifier in ["", "x", "1,256", "1,2,q", "1,2,d,4", "-11", "4294967296"] {
            let line = lines(&format!("${{{modifier}}}"), "10-10");
            assert_eq!(line, Some(vec![]), "{modifier}");
        }
        assert_eq!(lines("${1", "1-1"), Some(vec![]));
    }
}
