//! Counts in messages: `1 row`, `2 rows`.

use std::fmt::Display;

/// A number with its noun in the singular or the plural.
pub(crate) fn counted<N>(number: N, one: &str, many: &str) -> String
where
    N: Copy + Display + From<u8> + PartialEq,
{
    let noun = if number == N::from(1) { one } else { many };
    format!("{number} {noun}")
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_no_plural() {
        let texts = [0_u64, 1, 2].map(|number| counted(number, "entry", "entries"));
        assert_eq!(texts, ["0 entries", "1 entry", "2 entries"]);
    }
}
