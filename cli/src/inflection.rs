//! The singular and the plural of English words, the same wherever a name is inflected.

/// Words whose plural is the word itself.
const UNCOUNTABLE: [&str; 14] = [
    "chassis",
    "data",
    "feedback",
    "goods",
    "headquarters",
    "kudos",
    "media",
    "metadata",
    "news",
    "series",
    "sms",
    "software",
    "species",
    "staff",
];

/// Singular and plural where the general rules are wrong, or lead from the plural to another word.
const IRREGULAR: [(&str, &str); 78] = [
    ("person", "people"),
    ("child", "children"),
    ("man", "men"),
    ("woman", "women"),
    ("human", "humans"),
    ("german", "germans"),
    ("shaman", "shamans"),
    ("talisman", "talismans"),
    ("abdomen", "abdomens"),
    ("omen", "omens"),
    ("regimen", "regimens"),
    ("specimen", "specimens"),
    ("ache", "aches"),
    ("avalanche", "avalanches"),
    ("cache", "caches"),
    ("cliche", "cliches"),
    ("creche", "creches"),
    ("headache", "headaches"),
    ("moustache", "moustaches"),
    ("niche", "niches"),
    ("psyche", "psyches"),
    ("quiche", "quiches"),
    ("stomach", "stomachs"),
    ("slice", "slices"),
    ("premise", "premises"),
    ("excuse", "excuses"),
    ("fuse", "fuses"),
    ("misuse", "misuses"),
    ("muse", "muses"),
    ("recluse", "recluses"),
    ("reuse", "reuses"),
    ("ruse", "ruses"),
    ("use", "uses"),
    ("bowtie", "bowties"),
    ("hoodie", "hoodies"),
    ("prairie", "prairies"),
    ("selfie", "selfies"),
    ("anarchy", "anarchies"),
    ("daisy", "daisies"),
    ("embassy", "embassies"),
    ("empathy", "empathies"),
    ("hierarchy", "hierarchies"),
    ("monarchy", "monarchies"),
    ("sympathy", "sympathies"),
    ("weave", "weaves"),
    ("cpu", "cpus"),
    ("gpu", "gpus"),
    ("guru", "gurus"),
    ("haiku", "haikus"),
    ("menu", "menus"),
    ("sku", "skus"),
    ("safari", "safaris"),
    ("saga", "sagas"),
    ("toga", "togas"),
    ("uri", "uris"),
    ("agenda", "agendas"),
    ("axis", "axes"),
    ("oasis", "oases"),
    ("bias", "biases"),
    ("bonus", "bonuses"),
    ("campus", "campuses"),
    ("canvas", "canvases"),
    ("atlas", "atlases"),
    ("christmas", "christmases"),
    ("cosmos", "cosmoses"),
    ("focus", "focuses"),
    ("gas", "gases"),
    ("genus", "genera"),
    ("index", "indexes"),
    ("lens", "lenses"),
    ("medium", "mediums"),
    ("os", "oses"),
    ("pancreas", "pancreases"),
    ("schema", "schemas"),
    ("stadium", "stadiums"),
    ("thermos", "thermoses"),
    ("virus", "viruses"),
    ("yes", "yeses"),
];

/// The plural of a word in the singular: of its last part, as in `box_offices`.
pub(crate) fn plural(singular: &str) -> String {
    inflect(singular, plural_of)
}

/// The singular of a word in either form: of its last part, as in `box_office`.
pub(crate) fn singular(word: &str) -> String {
    inflect(word, singular_of)
}

fn plural_of(word: &str) -> String {
    if UNCOUNTABLE.contains(&word) {
        return word.to_owned();
    }
    let irregular = IRREGULAR.iter().find(|(one, _)| *one == word);
    irregular.map_or_else(
        || pluralizer::pluralize(word, 2, false),
        |(_, many)| (*many).to_owned(),
    )
}

fn singular_of(word: &str) -> String {
    if UNCOUNTABLE.contains(&word) {
        return word.to_owned();
    }
    let irregular = IRREGULAR
        .iter()
        .find(|(one, many)| *one == word || *many == word);
    if let Some((one, _)) = irregular {
        return (*one).to_owned();
    }
    let by_rule = pluralizer::pluralize(word, 1, false);
    // A word such as `fish` is its own plural: `fishes` means the same.
    if by_rule == word || plural_of(&by_rule) == by_rule {
        return by_rule;
    }
    // The rules from the plural to the singular are guesses; those from the singular to the plural are better.
    let candidates = [
        Some(by_rule.as_str()),
        word.strip_suffix('s'),
        word.strip_suffix("es"),
    ];
    let singular = candidates
        .into_iter()
        .flatten()
        .find(|candidate| plural_of(candidate) == word);
    singular.unwrap_or(&by_rule).to_owned()
}

/// Inflects the last part of a name: `user_ids`, `box_offices`.
fn inflect(name: &str, change: fn(&str) -> String) -> String {
    match name.rsplit_once('_') {
        Some((first, last)) => format!("{first}_{}", change(last)),
        None => change(name),
    }
}

#[cfg(test)]
mod tests {
    use super::{plural, singular};

    /// Nouns that applications are made of, and those that rules of English spelling get wrong.
    const NOUNS: &str = include_str!("inflection/nouns.txt");

    #[test]
    fn the_plural_and_the_singular_of_a_word_lead_to_each_other() {
        let nouns: Vec<&str> = NOUNS.split_whitespace().collect();
        assert!(nouns.len() > 1_300);
        for noun in nouns {
            for noun in [noun.to_owned(), format!("old_{noun}")] {
                let many = plural(&noun);
                assert_eq!(singular(&noun), noun, "the singular of `{noun}`");
                assert_eq!(singular(&many), noun, "the singular of `{many}`");
                assert_eq!(plural(&singular(&many)), many, "of `{noun}`");
            }
        }
    }

    /// `fishes` was the plural of another word, `fishe`.
    #[test]
    fn a_word_without_a_plural_is_meant_by_one_that_looks_like_it() {
        for (typed, one) in [
            ("fishes", "fish"),
            ("sheeps", "sheep"),
            ("old_fishes", "old_fish"),
        ] {
            assert_eq!(singular(typed), one);
            assert_eq!(plural(&singular(typed)), one);
        }
    }

    #[test]
    fn plurals_are_those_of_english() {
        for (one, many) in [
            ("move", "moves"),
            ("glove", "gloves"),
            ("leaf", "leaves"),
            ("toe", "toes"),
            ("shelf", "shelves"),
            ("wolf", "wolves"),
            ("archive", "archives"),
            ("curve", "curves"),
            ("canvas", "canvases"),
            ("virus", "viruses"),
            ("sku", "skus"),
            ("hierarchy", "hierarchies"),
            ("cookie", "cookies"),
            ("reply", "replies"),
            ("hero", "heroes"),
            ("photo", "photos"),
            ("analysis", "analyses"),
            ("house", "houses"),
            ("use", "uses"),
            ("line_child", "line_children"),
            ("news", "news"),
            ("user_id", "user_ids"),
            ("match_day", "match_days"),
        ] {
            assert_eq!(
                (plural(one), singular(many)),
                (many.to_owned(), one.to_owned())
            );
        }
    }
}
