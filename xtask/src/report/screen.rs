//! The terminal: how wide it is, and whether it wants colour.

use std::io::{IsTerminal, Write};

/// What a report is written for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) width: usize,
    pub(crate) colour: bool,
}

impl Screen {
    /// Standard output as it is now. `COLUMNS` has the last word on its width.
    pub(crate) fn here() -> Screen {
        let said = std::env::var("COLUMNS")
            .ok()
            .and_then(|text| text.parse().ok());
        let measured = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let colour = std::io::stdout().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Screen {
            width: said.or_else(measured).unwrap_or(80),
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

    /// How wide prose is set: a line of more than a hundred columns is hard to read.
    pub(crate) fn prose(self) -> usize {
        self.width.min(100)
    }

    /// The line that ends every command: what to run next.
    pub(crate) fn next(self, command: &str) -> String {
        format!("Next: {}\n", self.bold(command))
    }
}

/// Prints `text`; that nobody reads it any more (`| head`) is no failure of ours.
pub(crate) fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
}

/// `text` with each line indented, and lines longer than `width` broken at spaces.
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

/// `text` as one line per paragraph: a line break in `lesson.toml` is its author's, not the reader's. What is indented
/// stays as it is.
pub(crate) fn flowing(text: &str) -> String {
    let (mut out, mut goes_on) = (String::new(), false);
    for line in text.trim().lines() {
        let is_prose = !line.is_empty() && !line.starts_with(' ');
        if !out.is_empty() {
            out.push(if goes_on && is_prose { ' ' } else { '\n' });
        }
        out.push_str(line);
        goes_on = is_prose;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_flows_and_code_stays() {
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
    fn colour_only_where_wanted() {
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
