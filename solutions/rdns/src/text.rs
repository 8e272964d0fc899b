//! Parts of lines that people read.

use std::borrow::Cow;

/// The number of letters of another text that are shown in a line.
const SHOWN: usize = 100;

/// Returns a number with its noun: `1 query`, `2 queries`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}

/// Returns the start of a text that is long.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}

/// Returns a text without characters that a terminal would obey, such as those of a downloaded list
/// that an error quotes. Lines stay lines.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let is_obeyed = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    if !text.contains(is_obeyed) {
        return text.into();
    }
    let mut printable = String::with_capacity(text.len());
    for letter in text.chars() {
        match is_obeyed(letter) {
            true => printable.extend(letter.escape_default()),
            false => printable.push(letter),
        }
    }
    printable.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_of_a_quoted_text_is_obeyed_by_a_terminal() {
        let text = "a\u{1b}[31mb\u{7}\n\tc\u{9b}\r";
        assert_eq!(printable(text), "a\\u{1b}[31mb\\u{7}\n\tc\\u{9b}\\r");
        assert_eq!(printable("é\n"), "é\n");
    }

    #[test]
    fn one_of_a_thing_is_in_the_singular() {
        let lines = [0, 1, 2].map(|number| count(number, "entry", "entries"));
        assert_eq!(lines, ["0 entries", "1 entry", "2 entries"]);
    }
}
