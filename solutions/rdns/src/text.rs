//! Numbers with their nouns, for lines that people read.

/// Returns a number with its noun: `1 query`, `2 queries`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_thing_is_in_the_singular() {
        let lines = [0, 1, 2].map(|number| count(number, "entry", "entries"));
        assert_eq!(lines, ["0 entries", "1 entry", "2 entries"]);
    }
}
