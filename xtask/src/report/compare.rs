//! Two texts side by side, or line below line on a narrow terminal, with the first difference
//! marked.

use crate::report::dissections;
use crate::report::screen::{Screen, shortened};
use similar::{DiffOp, TextDiff};
use std::time::Duration;

/// The least width of a terminal for two columns.
const TWO_COLUMNS: usize = 100;
/// The number of equal lines that are shown around a difference.
const CONTEXT: usize = 4;
/// The number of rows that are shown.
const ROWS: usize = 80;
/// The length of a line that is quoted within another.
const SHORT: usize = 60;
/// The length of a line.
const COLUMNS: usize = 400;
/// The number of lines of each text that are compared.
const LINES: usize = 2_000;
/// The time for finding the smallest difference; after it, any difference will do.
const TIME: Duration = Duration::from_millis(300);

/// One of the two texts, and its label.
#[derive(Clone, Copy)]
pub(crate) struct Side<'t> {
    pub(crate) label: &'t str,
    pub(crate) text: &'t str,
}

/// A line of the comparison.
enum Row<'t> {
    Same(&'t str),
    Differs(Option<&'t str>, Option<&'t str>),
    /// This number of equal lines is left out.
    Gap(usize),
    /// This number of rows is left out at the end.
    More(usize),
}

/// Compares two texts line by line, and marks the first difference.
pub(crate) fn compare(left: Side<'_>, right: Side<'_>, screen: Screen) -> String {
    let mut rows = rows(left.text, right.text);
    if rows.len() > ROWS {
        let more = rows.split_off(ROWS).len();
        rows.push(Row::More(more));
    }
    table(left, right, &rows, screen)
}

/// Compares two texts like [`compare`], and shows all differences.
pub(crate) fn compare_all(left: Side<'_>, right: Side<'_>, screen: Screen) -> String {
    table(left, right, &rows(left.text, right.text), screen)
}

fn table(left: Side<'_>, right: Side<'_>, rows: &[Row<'_>], screen: Screen) -> String {
    let columns = column(rows, left.label, right.label);
    let mut table = Table {
        left,
        right,
        screen,
        marked: false,
        out: String::new(),
    };
    let wide = screen.width >= TWO_COLUMNS && 2 * columns + 7 <= screen.width;
    if wide {
        table.beside(rows, columns);
    } else {
        table.below(rows);
    }
    table.out
}

/// Counts the lines that only one of the texts has.
pub(crate) fn differing_lines(left: &str, right: &str) -> usize {
    let differs = |row: &Row<'_>| match row {
        Row::Differs(left, right) => usize::from(left.is_some()) + usize::from(right.is_some()),
        _ => 0,
    };
    rows(left, right).iter().map(differs).sum()
}

/// Names the first difference of two texts: the octet if they are dissections, else the line of
/// each that differs.
pub(crate) fn first_difference(expected: &str, got: &str) -> String {
    if let Some(octet) = dissections::compare(expected, got).and_then(|diff| diff.first()) {
        return format!("first difference: {octet}");
    }
    let alike = expected
        .lines()
        .zip(got.lines())
        .take_while(|(expected, got)| expected == got)
        .count();
    let line = |text: &str| match text.lines().nth(alike) {
        Some(line) => format!("{:?}", shortened(line.trim(), SHORT)),
        None => "the end".to_owned(),
    };
    format!("expected {}, got {}", line(expected), line(got))
}

fn rows<'t>(left: &'t str, right: &'t str) -> Vec<Row<'t>> {
    let lines = |text: &'t str| text.lines().take(LINES).collect::<Vec<&str>>();
    let (left, right) = (lines(left), lines(right));
    let diff = TextDiff::configure()
        .timeout(TIME)
        .diff_slices(&left, &right);
    let (mut rows, mut shown) = (Vec::new(), 0);
    for op in diff.grouped_ops(CONTEXT).iter().flatten() {
        let (olds, news) = (op.old_range(), op.new_range());
        if olds.start > shown {
            rows.push(Row::Gap(olds.start - shown));
        }
        shown = olds.end;
        let (olds, news) = (
            left.get(olds).unwrap_or_default(),
            right.get(news).unwrap_or_default(),
        );
        match op {
            DiffOp::Equal { .. } => rows.extend(olds.iter().map(|line| Row::Same(line))),
            _ => rows.extend(
                (0..olds.len().max(news.len()))
                    .map(|at| Row::Differs(olds.get(at).copied(), news.get(at).copied())),
            ),
        }
    }
    if left.len() > shown {
        rows.push(Row::Gap(left.len() - shown));
    }
    rows
}

/// Computes the width of both columns.
fn column(rows: &[Row<'_>], left: &str, right: &str) -> usize {
    let width = |line: &str| line.chars().count();
    let row = |row: &Row<'_>| match row {
        Row::Same(line) => width(line),
        Row::Differs(left, right) => left.map_or(0, width).max(right.map_or(0, width)),
        Row::Gap(_) | Row::More(_) => 0,
    };
    rows.iter()
        .map(row)
        .max()
        .unwrap_or(0)
        .max(width(left))
        .max(width(right))
        .max(20)
}

/// A comparison that is being written.
struct Table<'t> {
    left: Side<'t>,
    right: Side<'t>,
    screen: Screen,
    /// Whether the first difference has been marked.
    marked: bool,
    out: String,
}

impl Table<'_> {
    fn line(&mut self, line: &str) {
        self.out.push_str(&shortened(line.trim_end(), COLUMNS));
        self.out.push('\n');
    }

    /// Returns `→` for the first difference, and `later` for the others.
    fn mark(&mut self, later: &'static str) -> &'static str {
        if std::mem::replace(&mut self.marked, true) {
            later
        } else {
            "→"
        }
    }

    fn beside(&mut self, rows: &[Row<'_>], columns: usize) {
        let screen = self.screen;
        let pad = |text: &str| format!("{text}{}", blank(columns, text));
        let (left, right) = (pad(self.left.label), self.right.label);
        self.line(&format!(
            "    {} │ {}",
            screen.bold(&left),
            screen.bold(right)
        ));
        for row in rows {
            match row {
                Row::Same(line) => self.line(&format!("    {} │ {line}", pad(line))),
                Row::Gap(count) => self.line(&format!("    {}", screen.faint(&gap(*count)))),
                Row::More(count) => self.line(&format!("    ⋮ {count} more lines")),
                Row::Differs(old, new) => {
                    let mark = self.mark("≠");
                    let old = screen.green(&pad(old.unwrap_or("")));
                    let new = screen.red(new.unwrap_or(""));
                    self.line(&format!("  {mark} {old} │ {new}"));
                }
            }
        }
    }

    fn below(&mut self, rows: &[Row<'_>]) {
        let labels = [self.left.label, self.right.label];
        let width = labels.map(|label| label.chars().count()).into_iter().max();
        let blank = " ".repeat(width.unwrap_or(0));
        let mut rows = rows.iter().peekable();
        while let Some(row) = rows.next() {
            match row {
                Row::Same(line) => self.line(&format!("    {blank} │ {line}")),
                Row::Gap(count) => {
                    let gap = self.screen.faint(&gap(*count));
                    self.line(&format!("    {blank} {gap}"));
                }
                Row::More(count) => self.line(&format!("    {blank} ⋮ {count} more lines")),
                Row::Differs(old, new) => {
                    // All lines of one text come before those of the other: a change reads better
                    // whole.
                    let (mut olds, mut news) = (Vec::from_iter(*old), Vec::from_iter(*new));
                    while let Some(Row::Differs(old, new)) =
                        rows.next_if(|row| matches!(row, Row::Differs(..)))
                    {
                        olds.extend(old);
                        news.extend(new);
                    }
                    self.change(&blank, &olds, &news);
                }
            }
        }
    }

    /// Writes the lines of one change, below each other.
    fn change(&mut self, width: &str, olds: &[&str], news: &[&str]) {
        let screen = self.screen;
        let labelled =
            |label: &str, line: &str| format!("{label}{} │ {line}", blank(width.len(), label));
        for line in olds {
            let (mark, text) = (self.mark(" "), labelled(self.left.label, line));
            self.line(&format!("  {mark} {}", screen.green(&text)));
        }
        for line in news {
            let (mark, text) = (self.mark(" "), labelled(self.right.label, line));
            self.line(&format!("  {mark} {}", screen.red(&text)));
        }
    }
}

/// Returns the spaces that fill `text` up to `columns`.
fn blank(columns: usize, text: &str) -> String {
    " ".repeat(columns.saturating_sub(text.chars().count()))
}

fn gap(count: usize) -> String {
    format!(
        "⋮ {count} {} alike",
        if count == 1 { "line" } else { "lines" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(expected: &str, got: &str, width: usize) -> String {
        let screen = Screen {
            width,
            colour: false,
        };
        compare(
            Side {
                label: "expected",
                text: expected,
            },
            Side {
                label: "got",
                text: got,
            },
            screen,
        )
    }

    #[test]
    fn line_below_line_on_a_narrow_terminal() {
        assert_eq!(
            compared("a\nb\nc\nd", "a\nx\nc\nd\ne", 80),
            "             │ a\n  → expected │ b\n    got      │ x\n             │ c\n             │ d\n    got      │ e\n"
        );
    }

    #[test]
    fn two_columns_on_a_wide_terminal() {
        let text = compared("alpha\nbeta", "alpha\ngamma", 100);
        assert_eq!(
            text,
            "    expected             │ got\n    alpha                │ alpha\n  → beta                 │ gamma\n"
        );
        let long = "x".repeat(60);
        assert!(
            !compared(&long, "y", 100).contains("    expected "),
            "60 + 60 columns do not fit into 100"
        );
    }

    #[test]
    fn equal_lines_are_left_out() {
        let text: String = (0..40).map(|line| format!("{line}\n")).collect();
        let shown = compared(&text, &text.replace("20\n", "twenty\n"), 80);
        assert!(
            shown.contains("⋮ 16 lines alike") && shown.contains("⋮ 15 lines alike"),
            "{shown}"
        );
        assert!(
            shown.contains("expected │ 20\n") && shown.lines().count() == 12,
            "{shown}"
        );
    }

    #[test]
    fn a_difference_is_as_large_as_the_lines_that_differ() {
        assert_eq!(differing_lines("a\nb\nc", "a\nx\nc\nd"), 3);
        assert_eq!(differing_lines("a\nb", "a\nb"), 0);
        assert_eq!(differing_lines("", "a\nb"), 2);
    }

    #[test]
    fn long_texts_take_a_screenful_and_a_moment() {
        let text =
            |word: &str| -> String { (0..20_000).map(|line| format!("{word} {line}\n")).collect() };
        let begun = std::time::Instant::now();
        let shown = compared(&text("a"), &text("b"), 80);
        assert_eq!(shown.lines().count(), 2 * ROWS + 1, "{shown}");
        assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    }

    #[test]
    fn the_first_difference_is_named_by_its_lines() {
        assert_eq!(
            first_difference("a\n  ttl 300\nc", "a\n  ttl 0\nc"),
            "expected \"ttl 300\", got \"ttl 0\""
        );
        assert_eq!(first_difference("a\nb", "a"), "expected \"b\", got the end");
    }

    #[test]
    fn an_empty_text_is_compared_too() {
        assert!(compared("", "a", 80).contains("→ got      │ a"));
        assert!(compared("a", "", 80).contains("→ expected │ a"));
    }
}
