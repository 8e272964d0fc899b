//! Two lists of numbers or words, as `Debug` prints them in one line, as a table of the places that
//! differ.

use crate::report::screen::Screen;
use std::fmt::Write;

/// The least number of elements for a table; shorter lists are easily compared in their lines.
const LEAST: usize = 4;
/// The number of places that are shown.
const ROWS: usize = 12;

/// Compares `[600, 800]` with `[600, 900]`; `None` if one is not such a list, or both are short.
pub(super) fn compare(expected: &str, got: &str, screen: Screen) -> Option<String> {
    let (expected, got) = (elements(expected)?, elements(got)?);
    let count = expected.len().max(got.len());
    if count < LEAST {
        return None;
    }
    let pairs = (0..count).map(|place| (place, expected.get(place), got.get(place)));
    let differ: Vec<_> = pairs.filter(|(_, one, other)| one != other).collect();
    let text =
        |element: Option<&&str>| element.map_or("none".to_owned(), |text| (*text).to_owned());
    let rows = differ
        .iter()
        .take(ROWS)
        .map(|(place, expected, got)| [place.to_string(), text(*expected), text(*got)]);
    let heading = ["place", "expected", "got"].map(str::to_owned);
    let rows: Vec<[String; 3]> = std::iter::once(heading).chain(rows).collect();
    let width = |column: fn(&[String; 3]) -> &String| {
        let widths = rows.iter().map(|row| column(row).chars().count());
        widths.max().unwrap_or(0)
    };
    let widths = (
        width(|row| &row[0]),
        width(|row| &row[1]),
        width(|row| &row[2]),
    );
    let mut out = String::new();
    for [place, expected, got] in &rows {
        let expected = screen.green(&format!("{expected:>0$}", widths.1));
        let got = screen.red(&format!("{got:>0$}", widths.2));
        // Writing to a string does not fail.
        let _ = writeln!(out, "    {place:>0$} │ {expected} │ {got}", widths.0);
    }
    let left = differ.len().saturating_sub(ROWS);
    if left > 0 {
        let _ = writeln!(out, "    ⋮ {left} more that differ");
    }
    let alike = count - differ.len();
    if alike > 0 {
        let _ = writeln!(out, "    ⋮ {alike} alike");
    }
    Some(out)
}

/// Returns the elements of a list of numbers or words.
fn elements(list: &str) -> Option<Vec<&str>> {
    let inner = list.strip_prefix('[')?.strip_suffix(']')?;
    if inner.is_empty() {
        return Some(Vec::new());
    }
    let is_plain = |c: char| c.is_alphanumeric() || "._-+:/µ".contains(c);
    let elements: Vec<&str> = inner.split(", ").collect();
    let are_plain = elements.iter().all(|element| element.chars().all(is_plain));
    are_plain.then_some(elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: Screen = Screen {
        width: 80,
        colour: false,
    };

    #[test]
    fn only_the_places_that_differ_are_shown() {
        let table = compare("[376ms, 752ms, 1.5s, 3s]", "[376ms, 752ms, 1.504s]", SCREEN);
        assert_eq!(
            table.unwrap(),
            "    place │ expected │    got\n        2 │     1.5s │ 1.504s\n        3 │       3s │   none\n    ⋮ 2 alike\n"
        );
    }

    #[test]
    fn a_long_list_is_cut_short() {
        let list = |add: usize| {
            let numbers: Vec<String> = (0..8_001).map(|n| (n + add).to_string()).collect();
            format!("[{}]", numbers.join(", "))
        };
        let table = compare(&list(0), &list(1), SCREEN).unwrap();
        assert_eq!(table.lines().count(), 1 + ROWS + 1, "{table}");
        assert!(table.ends_with("    ⋮ 7989 more that differ\n"), "{table}");
    }

    #[test]
    fn texts_structures_and_short_lists_are_left_to_others() {
        for (expected, got) in [
            ("[1, 2, 3]", "[1, 2, 4]"),
            ("[\"a\", \"b\", \"c\", \"d\"]", "[\"a\"]"),
            ("[(1, 2), (3, 4), (5, 6)]", "[]"),
            ("1, 2, 3, 4", "1"),
            ("Some([1, 2, 3, 4])", "None"),
        ] {
            assert_eq!(compare(expected, got, SCREEN), None, "{expected}");
        }
    }
}
