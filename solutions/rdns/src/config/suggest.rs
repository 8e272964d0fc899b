//! The nearest of the keys that there are, for one that there is not.

/// The least similarity of two words at which one may be meant for the other: one less the share of
/// letters that have to be changed.
const SIMILAR: f64 = 0.6;

/// Returns the candidate that is most like a word, if one is.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = word.to_lowercase().replace('_', "-");
    let similarity = |candidate: &str| strsim::normalized_damerau_levenshtein(&word, candidate);
    let similar = candidates.into_iter().map(|it| (similarity(it), it));
    let similar = similar.filter(|(similarity, _)| *similarity >= SIMILAR);
    let best = similar.max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_typo_is_recognised_and_another_word_is_not() {
        let keys = [
            "listen",
            "allow",
            "root-hints",
            "upstream-port",
            "threads",
            "serve-stale",
        ];
        let nearest = |word| nearest(word, keys);
        assert_eq!(nearest("lisen"), Some("listen"));
        assert_eq!(nearest("root_hints"), Some("root-hints"));
        assert_eq!(nearest("Allowed"), Some("allow"));
        assert_eq!(nearest("upstreamport"), Some("upstream-port"));
        assert_eq!(nearest("colour"), None);
        assert_eq!(nearest("server"), None);
    }
}
