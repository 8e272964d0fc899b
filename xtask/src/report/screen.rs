//! The terminal: its width, and whether it shows colour.

use std::io::{IsTerminal, Write};

/// The terminal that a report is written for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) width: usize,
    pub(crate) colour: bool,
}

impl Screen {
    /// Returns the terminal of standard output. `COLUMNS` overrides its width.
    pub(crate) fn here() -> Screen {
        let configured = std::env::var("COLUMNS").ok().and_then(|text| width(&text));
        let measured = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        // `watch` shows a check's output in colours, though the check writes it into a pipe.
        let forced = std::env::var("CLICOLOR_FORCE").is_ok_and(|value| value != "0");
        let colour = (forced || std::io::stdout().is_terminal())
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Screen {
            width: configured.or_else(measured).unwrap_or(80),
            colour,
        }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.painted("1", text)
    }

    pub(crate) fn faint(self, text: &str) -> String {
        self.painted("2", text)
    }

    pub(crate) fn red(self, text: &str) -> String {
        self.painted("31", text)
    }

    pub(crate) fn green(self, text: &str) -> String {
        self.painted("32", text)
    }

    pub(crate) fn yellow(self, text: &str) -> String {
        self.painted("33", text)
    }

    fn painted(self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// Returns the width of prose: lines of more than 100 columns are hard to read.
    pub(crate) fn prose(self) -> usize {
        self.width.min(100)
    }

    /// Returns the line that ends every command's output: the next command to run.
    pub(crate) fn next(self, command: &str) -> String {
        format!("Next: {}\n", self.bold(command))
    }
}

/// Reads a terminal's width. Some terminals set 0 for "unknown", and no text fits into a few
/// columns.
fn width(columns: &str) -> Option<usize> {
    columns.parse().ok().filter(|width| *width >= 20)
}

/// Prints `text`. A reader that has gone (`| head`) is no error.
pub(crate) fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
}

/// Returns the first `columns` characters of a line, and the number of those left out. Escape
/// sequences take no column.
pub(crate) fn shortened(line: &str, columns: usize) -> String {
    // No character takes less than an octet.
    if line.len() <= columns {
        return line.to_owned();
    }
    let (mut shown, mut in_escape, mut has_escape) = (0, false, false);
    let end = line.char_indices().find(|(_, c)| {
        in_escape |= *c == '\x1b';
        has_escape |= in_escape;
        shown += usize::from(!in_escape);
        in_escape &= *c != 'm';
        shown > columns
    });
    let Some((kept, rest)) = end.and_then(|(end, _)| line.split_at_checked(end)) else {
        return line.to_owned();
    };
    let reset = if has_escape { "\x1b[0m" } else { "" };
    format!("{kept}…{reset} ({} more characters)", rest.chars().count())
}

/// Returns a text of at most `lines` lines of at most `columns` characters: its beginning, the
/// number of lines left out, and its end.
pub(crate) fn bounded(text: &str, lines: usize, columns: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    let shown = |line: &&str| shortened(line, columns) + "\n";
    if all.len() <= lines {
        return all.iter().map(shown).collect();
    }
    let (head, end) = all.split_at(lines * 3 / 4);
    let tail = end.get(end.len() - lines / 4..).unwrap_or_default();
    let between = format!("⋮ {} more lines\n", end.len() - tail.len());
    let head: String = head.iter().map(shown).collect();
    let tail: String = tail.iter().map(shown).collect();
    head + &between + &tail
}

/// Indents each line of `text`, and breaks lines longer than `width` at spaces.
pub(crate) fn paragraph(text: &str, indent: &str, width: usize) -> String {
    let mut out = String::new();
    for line in text.trim_end().lines() {
        let mut column = 0;
        out.push_str(if line.trim().is_empty() { "" } else { indent });
        for (index, word) in line.split(' ').enumerate() {
            if index > 0 && column > 0 && indent.len() + column + 1 + word.chars().count() > width {
                out.push('\n');
                out.push_str(indent);
                column = 0;
            } else if index > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += word.chars().count();
        }
        out.push('\n');
    }
    out
}

/// Joins the lines of each paragraph: line breaks in `lesson.toml` do not fit the reader's
/// terminal. Indented lines stay as they are.
pub(crate) fn flowing(text: &str) -> String {
    let (mut out, mut in_paragraph) = (String::new(), false);
    for line in text.trim().lines() {
        let is_prose = !line.is_empty() && !line.starts_with(' ');
        if !out.is_empty() {
            out.push(if in_paragraph && is_prose { ' ' } else { '\n' });
        }
        out.push_str(line);
        in_paragraph = is_prose;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_prose_are_joined_and_code_stays() {
        let text = "One\nsentence.\n\nAnother:\n    let a = 1;\n    let b = 2;\nThe end.";
        assert_eq!(
            flowing(text),
            "One sentence.\n\nAnother:\n    let a = 1;\n    let b = 2;\nThe end."
        );
    }

    #[test]
    fn a_paragraph_is_broken_at_spaces() {
        assert_eq!(
            paragraph("one two three\n\n  four", "  ", 10),
            "  one two\n  three\n\n    four\n"
        );
        assert_eq!(
            paragraph("averyverylongword x", "", 5),
            "averyverylongword\nx\n"
        );
    }

    #[test]
    fn a_long_line_and_a_long_text_are_cut_short() {
        assert_eq!(shortened("12345", 5), "12345");
        assert_eq!(shortened("123456789", 5), "12345… (4 more characters)");
        assert_eq!(
            shortened("\x1b[31m123456789\x1b[0m", 5),
            "\x1b[31m12345…\x1b[0m (8 more characters)"
        );
        assert_eq!(shortened("→→→→", 4), "→→→→");
        let text: String = (0..100).map(|line| format!("{line}\n")).collect();
        let shown = bounded(&text, 8, 80);
        assert_eq!(shown, "0\n1\n2\n3\n4\n5\n⋮ 92 more lines\n98\n99\n");
        assert_eq!(bounded("a\nb", 8, 80), "a\nb\n");
    }

    #[test]
    fn a_width_of_nothing_is_no_width() {
        for (columns, expected) in [
            ("0", None),
            ("", None),
            ("-1", None),
            ("7", None),
            ("120", Some(120)),
        ] {
            assert_eq!(width(columns), expected, "COLUMNS={columns}");
        }
    }

    #[test]
    fn without_colour_text_stays_plain() {
        assert_eq!(
            Screen {
                width: 80,
                colour: false
            }
            .red("x"),
            "x"
        );
        assert_eq!(
            Screen {
                width: 80,
                colour: true
            }
            .red("x"),
            "\x1b[31mx\x1b[0m"
        );
    }
}
