//! The part of a report about wrong answers. The smallest difference comes first and in full, since
//! the others mostly have the same cause.

use super::Reporter;
use crate::report::compare::{Side, compare, differing_lines, first_difference};
use crate::report::screen::{bounded, shortened};
use crate::report::values::{texts, with_hexadecimal};
use crate::report::{dissections, lists};
use crate::verdict::outcome::Wrong;
use crate::verdict::panics::{Assertion, Panic};
use crate::verdict::pending_snapshots::Mismatch;
use dnsparse::dissect::Diff;
use std::fmt::{Result, Write};

/// The number of wrong answers that are shown in full: they mostly have one cause.
const IN_FULL: usize = 3;
/// The number of lines that may differ in the answers after the first that are shown in full.
const SMALL: usize = 12;
/// The number of lines of a panic's message that are shown.
const LINES: usize = 40;
/// The number of lines of two messages' differences that are shown.
const FIELDS: usize = 80;
/// The length of a line of a failure, which may be an octet string of any length.
const COLUMNS: usize = 400;
/// The length of a value that is shown within a line.
const SHORT: usize = 60;
/// The words of an assertion's message that make hexadecimal numbers useful. Beside seconds and
/// counts they are noise.
const HEXADECIMAL: [&str; 7] = ["id", "ids", "flags", "bits", "octets", "mask", "word"];

impl Reporter<'_> {
    /// Writes wrong answers, each with the name of its test and the place where it begins.
    pub(super) fn wrong_answers(
        &self,
        out: &mut String,
        mut wrongs: Vec<(&str, &Wrong)>,
        place: impl Fn(&str) -> Option<String>,
    ) -> Result {
        wrongs.sort_by_cached_key(|(_, wrong)| size(wrong));
        let is_small = |(index, (_, wrong)): &(usize, &(&str, &Wrong))| {
            *index == 0 || (*index < IN_FULL && size(wrong) <= SMALL)
        };
        let full = wrongs.iter().enumerate().take_while(is_small).count();
        let (full, short) = wrongs.split_at(full);
        for (name, wrong) in full {
            writeln!(out, "{}", self.screen.bold(&format!("Wrong: {name}")))?;
            if let Some(place) = place(name) {
                writeln!(out, "  {}", self.screen.faint(&place))?;
            }
            self.in_full(out, wrong)?;
            writeln!(out)?;
        }
        if short.is_empty() {
            return Ok(());
        }
        let count = short.len();
        let heading = format!("Wrong too, and shortened here: {count} more");
        writeln!(out, "{}", self.screen.bold(&heading))?;
        for (name, wrong) in short {
            writeln!(out, "  {name}\n      {}", self.in_short(wrong))?;
        }
        writeln!(out)
    }

    fn in_full(&self, out: &mut String, wrong: &Wrong) -> Result {
        match (&wrong.mismatch, &wrong.panic) {
            (Some(mismatch), _) => self.mismatch(out, mismatch),
            (None, Some(panic)) => self.panic(out, panic),
            (None, None) => writeln!(out, "{}", indented(&wrong.stderr)),
        }
    }

    fn mismatch(&self, out: &mut String, Mismatch { expected, got }: &Mismatch) -> Result {
        let Some(expected) = expected else {
            let got = indented(got);
            return writeln!(
                out,
                "  Its snapshot is missing; this is what it got:\n{got}"
            );
        };
        if let Some(diff) = dissections::compare(expected, got) {
            return self.messages(out, &diff);
        }
        let side = |label, text| Side { label, text };
        let (expected, got) = (side("expected", expected), side("got", got));
        write!(out, "{}", compare(expected, got, self.screen))
    }

    /// Writes the differences of two messages, field by field.
    fn messages(&self, out: &mut String, diff: &Diff) -> Result {
        if let Some(first) = diff.first() {
            writeln!(out, "  → first difference: {first}")?;
        }
        let (minus, plus) = (self.screen.green("- expected"), self.screen.red("+ got"));
        writeln!(out, "    {minus}   {plus}")?;
        // The first line repeats the first difference.
        let diff = diff.to_string();
        let diff = diff.split_once('\n').map_or("", |(_, rest)| rest);
        for line in bounded(diff, FIELDS, COLUMNS).lines() {
            let shown = match line.chars().next() {
                Some('-') => self.screen.green(line),
                Some('+') => self.screen.red(line),
                _ => line.to_owned(),
            };
            writeln!(out, "    {shown}")?;
        }
        Ok(())
    }

    fn panic(&self, out: &mut String, panic: &Panic) -> Result {
        let place = self.screen.yellow(&panic.place.to_string());
        let Some(assertion) = panic.assertion() else {
            return writeln!(out, "{}\n  {place}", indented(&panic.message));
        };
        let Assertion {
            message,
            got,
            expected,
        } = assertion;
        if !message.is_empty() {
            for line in bounded(message, LINES, COLUMNS).lines() {
                writeln!(out, "  {line}")?;
            }
        }
        if let Some((expected, got)) = texts(expected, got) {
            let side = |label, text| Side { label, text };
            let (expected, got) = (side("expected", &expected), side("got", &got));
            let compared = compare(expected, got, self.screen);
            return writeln!(out, "{compared}  {place}");
        }
        if let Some(table) = lists::compare(expected, got, self.screen) {
            return writeln!(out, "{table}  {place}");
        }
        let value = |text: &str| {
            let words = |c: char| !c.is_alphanumeric();
            let is_useful = message.split(words).any(|word| HEXADECIMAL.contains(&word));
            let text = bounded(text, LINES, COLUMNS);
            let text = text.trim_end();
            if is_useful {
                with_hexadecimal(text)
            } else {
                text.to_owned()
            }
        };
        let (expected, got) = (value(expected), value(got));
        let expected = self.screen.green(&format!("expected │ {expected}"));
        let got = self.screen.red(&format!("got      │ {got}"));
        writeln!(out, "    {expected}\n    {got}\n  {place}")
    }

    /// Returns a wrong answer in one line.
    fn in_short(&self, wrong: &Wrong) -> String {
        let first = |text: &str| shortened(text.lines().next().unwrap_or_default(), 2 * SHORT);
        let value = |text: &str| shortened(text.lines().next().unwrap_or_default(), SHORT);
        match (&wrong.mismatch, &wrong.panic) {
            (Some(Mismatch { expected, got }), _) => match expected {
                Some(expected) => first_difference(expected, got),
                None => "its snapshot is missing".to_owned(),
            },
            (None, Some(panic)) => match panic.assertion() {
                Some(sides) => match texts(sides.expected, sides.got) {
                    Some((expected, got)) => first_difference(&expected, &got),
                    None => format!(
                        "expected {}, got {}",
                        value(sides.expected),
                        value(sides.got)
                    ),
                },
                None => first(&panic.message),
            },
            (None, None) => first(&wrong.stderr),
        }
    }
}

/// Returns the size of a wrong answer, in lines.
fn size(wrong: &Wrong) -> usize {
    match (&wrong.mismatch, &wrong.panic) {
        (Some(Mismatch { expected, got }), _) => match expected {
            Some(expected) => differing_lines(expected, got),
            None => got.lines().count(),
        },
        (None, Some(panic)) => panic.message.lines().count(),
        (None, None) => wrong.stderr.lines().count(),
    }
}

fn indented(text: &str) -> String {
    let text = bounded(text, LINES, COLUMNS);
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::panics::Place;

    fn differs(lines: usize) -> Wrong {
        let expected = "a\n".repeat(lines);
        let mismatch = Some(Mismatch {
            expected: Some(expected.replace('a', "b")),
            got: expected,
        });
        Wrong {
            mismatch,
            panic: None,
            stderr: String::new(),
        }
    }

    fn panicked(message: &str) -> Wrong {
        let (file, message) = ("tests/a.rs".to_owned(), message.to_owned());
        Wrong {
            mismatch: None,
            panic: Some(Panic {
                place: Place { file, line: 7 },
                message,
            }),
            stderr: String::new(),
        }
    }

    fn shown(wrongs: Vec<(&str, &Wrong)>) -> String {
        Reporter::shown(|reporter, out| reporter.wrong_answers(out, wrongs, |_| None))
    }

    #[test]
    fn the_smallest_difference_comes_first_and_large_ones_are_shortened() {
        let (large, small, middle) = (differs(20), differs(1), differs(2));
        let shown = shown(vec![
            ("large", &large),
            ("middle", &middle),
            ("small", &small),
        ]);
        let at = |phrase| shown.find(phrase).unwrap_or_else(|| panic!("{shown}"));
        assert!(at("Wrong: small") < at("Wrong: middle"));
        assert!(at("Wrong: middle") < at("shortened here: 1 more\n  large\n"));
        assert!(!shown.contains("Wrong: large"), "{shown}");
    }

    #[test]
    fn the_first_is_shown_in_full_however_large() {
        let shown = shown(vec![("large", &differs(20))]);
        assert_eq!(shown.matches("expected │ b").count(), 20, "{shown}");
    }

    #[test]
    fn an_assertion_is_shown_with_its_message_first_and_both_values() {
        let wrong =
            panicked("assertion `left == right` failed: the id\n  left: 255\n right: 51966");
        assert_eq!(
            shown(vec![("ids", &wrong)]),
            "Wrong: ids\n  the id\n    expected │ 51966 = 0xcafe\n    got      │ 255\n  tests/a.rs:7\n\n"
        );
    }

    #[test]
    fn each_line_of_a_message_is_indented() {
        let wrong = panicked(
            "assertion `left == right` failed: of\na. A\nb. A\n  left: \"NOERROR\"\n right: \"NXDOMAIN\"",
        );
        assert_eq!(
            shown(vec![("a", &wrong)]),
            "Wrong: a\n  of\n  a. A\n  b. A\n    expected │ \"NXDOMAIN\"\n    got      │ \"NOERROR\"\n  tests/a.rs:7\n\n"
        );
    }

    #[test]
    fn seconds_and_counts_have_no_hexadecimal_form() {
        let wrong =
            panicked("assertion `left == right` failed: the TTL\n  left: 3600\n right: 86400");
        assert_eq!(
            shown(vec![("ttl", &wrong)]),
            "Wrong: ttl\n  the TTL\n    expected │ 86400\n    got      │ 3600\n  tests/a.rs:7\n\n"
        );
    }

    #[test]
    fn a_failure_without_end_takes_a_screenful() {
        let long = "x".repeat(1_000_000);
        let many = "question\n".repeat(8_001);
        for text in [&long, &many] {
            let side = format!("{text:?}");
            for wrong in [
                panicked(text),
                panicked(&format!(
                    "assertion `left == right` failed: {text}\n  left: {side}\n right: \"a\""
                )),
                Wrong {
                    mismatch: Some(Mismatch {
                        expected: Some("a".to_owned()),
                        got: text.clone(),
                    }),
                    panic: None,
                    stderr: String::new(),
                },
                Wrong {
                    mismatch: None,
                    panic: None,
                    stderr: text.clone(),
                },
            ] {
                let report = shown(vec![("long", &wrong), ("short", &differs(1))]);
                assert!(
                    report.len() < 40_000,
                    "{} octets: {report:.1000}",
                    report.len()
                );
            }
        }
    }

    #[test]
    fn texts_of_several_lines_are_compared_line_by_line() {
        let wrong = panicked(
            r#"assertion `left == right` failed: the zone
  left: "NOERROR\nanswer \"red\""
 right: "NOERROR aa\nanswer \"red\"""#,
        );
        assert_eq!(
            shown(vec![("lines", &wrong)]),
            "Wrong: lines\n  the zone\n  → expected │ NOERROR aa\n    got      │ NOERROR\n             │ answer \"red\"\n  tests/a.rs:7\n\n"
        );
    }
}
