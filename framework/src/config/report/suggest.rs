//! Suggestions of similar words for unknown ones.

/// The candidate that is most similar to an unknown word, if one is similar enough.
pub(super) fn suggest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    most_similar(word, candidates, 0.6)
}

/// The candidate that is most similar to an unknown dotted key. The threshold is higher, as keys of one table share a prefix.
pub(super) fn suggest_key<'a>(
    key: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    most_similar(key, candidates, 0.8)
}

fn most_similar<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    threshold: f64,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (similarity(word, candidate), candidate))
        .filter(|(similarity, _)| *similarity >= threshold)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// The similarity of two words, from 0 to 1. An abbreviation (`prod`, `max_conn`) counts as similar.
fn similarity(word: &str, candidate: &str) -> f64 {
    let edits = strsim::normalized_damerau_levenshtein(word, candidate);
    let abbreviates = word.len() >= 3 && candidate.starts_with(word);
    if abbreviates { edits.max(0.7) } else { edits }
}

#[cfg(test)]
mod tests {
    use super::suggest;

    #[test]
    fn suggests_similar_words() {
        let keys = ["host", "port", "max_connections", "drain_timeout"];
        assert_eq!(suggest("prot", keys), Some("port"));
        assert_eq!(suggest("max_conections", keys), Some("max_connections"));
        assert_eq!(suggest("max_conn", keys), Some("max_connections"));
        assert_eq!(suggest("colour", keys), None);
    }
}
