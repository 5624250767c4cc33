//! The words of a field: names, and what stands in parentheses.

use heck::ToSnakeCase;

/// The greatest length of a name and of an enum's value: PostgreSQL cuts off names of more than 63 bytes.
pub(super) const MAX_LENGTH: usize = 60;

/// The arguments of a type, in parentheses after it.
pub(super) struct Arguments<'a> {
    /// The byte of the opening parenthesis.
    pub(super) at: usize,
    pub(super) text: &'a str,
}

impl<'a> Arguments<'a> {
    /// The parts between commas without white space, each with the byte where it starts.
    pub(super) fn parts(&self) -> Vec<(usize, &'a str)> {
        let mut at = self.at + 1;
        let mut parts = Vec::new();
        for part in self.text.split(',') {
            let blank = part.len() - part.trim_start().len();
            parts.push((at + blank, part.trim()));
            at += part.len() + 1;
        }
        parts
    }

    /// The byte where a part starts.
    pub(super) fn part(&self, index: usize) -> usize {
        self.parts().get(index).map_or(self.at, |(at, _)| *at)
    }

    /// The parts as numbers; `None` when one is none.
    pub(super) fn numbers(&self) -> Option<Vec<u32>> {
        self.parts()
            .into_iter()
            .map(|(_, part)| part.parse().ok())
            .collect()
    }
}

/// Checks that a word can be the name of a column, a table or an enum value. The error has the place of the mistake, its reason and a hint.
pub(super) fn check_identifier(word: &str) -> Result<(), (usize, String, String)> {
    let wrong = word
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_lowercase() || *c == '_' || (*at > 0 && c.is_ascii_digit())));
    let suggestion = word.to_snake_case();
    let usable = suggestion.starts_with(|c: char| c.is_ascii_lowercase()) && suggestion.is_ascii();
    let hint = if usable && suggestion != word {
        format!("call it `{suggestion}`")
    } else {
        "use the letters a to z, digits and `_`, starting with a letter".to_owned()
    };
    if let Some((at, _)) = wrong {
        return Err((at, format!("`{word}` is not in snake_case"), hint));
    }
    if word.len() > MAX_LENGTH {
        return Err((
            MAX_LENGTH,
            format!("`{word}` is longer than {MAX_LENGTH} characters"),
            "use a shorter name".to_owned(),
        ));
    }
    // What is left: `_a`, `a_`, `a__b`.
    if word != suggestion {
        let at = word.find("__").map_or(
            if word.starts_with('_') {
                0
            } else {
                word.len() - 1
            },
            |at| at + 1,
        );
        return Err((at, format!("`{word}` is not in snake_case"), hint));
    }
    Ok(())
}
