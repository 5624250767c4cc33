//! The readings of a name whose parts may contain the words between them: `remove_valid_from_from_prices`.

/// The parts before and after a separator, for each place of it: those that overlap, too.
pub(super) fn splits<'a>(
    text: &'a str,
    separator: &str,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let places = text.char_indices().map(|(at, _)| at);
    places.filter_map(move |at| {
        let right = text[at..].strip_prefix(separator)?;
        (at > 0 && !right.is_empty()).then_some((&text[..at], right))
    })
}

/// The lists whose parts, with the separator between them, make a text, and of which each part is known.
pub(super) fn segments(
    text: &str,
    separator: &str,
    is_known: &dyn Fn(&str) -> bool,
) -> Vec<Vec<String>> {
    let mut lists = Vec::new();
    if is_known(text) {
        lists.push(vec![text.to_owned()]);
    }
    for (first, rest) in splits(text, separator).filter(|(first, _)| is_known(first)) {
        for mut list in segments(rest, separator, is_known) {
            list.insert(0, first.to_owned());
            lists.push(list);
        }
    }
    lists
}

/// The readings that fit best, each once; the last one, which is the plainest, where none fits.
pub(super) fn best<T: PartialEq>(mut readings: Vec<T>, fit: impl Fn(&T) -> u8) -> Vec<T> {
    let best = readings.iter().map(&fit).max().unwrap_or(0);
    if best == 0 {
        return readings.pop().into_iter().collect();
    }
    let mut chosen: Vec<T> = Vec::new();
    for reading in readings {
        if fit(&reading) == best && !chosen.contains(&reading) {
            chosen.push(reading);
        }
    }
    chosen
}
