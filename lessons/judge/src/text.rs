//! Pieces of text: numbers with their nouns, and the beginning of a long text.

/// Returns a number with its noun: `1 record`, `2 queries`, `no octets`.
pub fn count_of(count: usize, noun: &str) -> String {
    let plural = match noun.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{noun}s"),
    };
    match count {
        0 => format!("no {plural}"),
        1 => format!("1 {noun}"),
        count => format!("{count} {plural}"),
    }
}

/// Returns at most this number of characters of a text.
pub fn cut(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
