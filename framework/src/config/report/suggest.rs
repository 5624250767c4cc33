//! The key that was meant.

/// The candidate that is most like a word that nobody knows, if one is near enough to be worth naming.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    most_alike(word, candidates, 0.6)
}

/// The same for keys with dots, which are alike already if they are in the same table.
pub(super) fn nearest_key<'a>(
    key: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    most_alike(key, candidates, 0.8)
}

fn most_alike<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    least: f64,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (likeness(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= least)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// From 0 to 1. An abbreviation (`prod`, `max_conn`) counts as near.
fn likeness(word: &str, candidate: &str) -> f64 {
    let edits = strsim::normalized_damerau_levenshtein(word, candidate);
    let abbreviates = word.len() >= 3 && candidate.starts_with(word);
    if abbreviates { edits.max(0.7) } else { edits }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn names_what_was_meant() {
        let keys = ["host", "port", "max_connections", "drain_timeout"];
        assert_eq!(nearest("prot", keys), Some("port"));
        assert_eq!(nearest("max_conections", keys), Some("max_connections"));
        assert_eq!(nearest("max_conn", keys), Some("max_connections"));
        assert_eq!(nearest("colour", keys), None);
    }
}
