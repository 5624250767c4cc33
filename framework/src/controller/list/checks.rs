//! Checks of a parameter of the query that are the same for lists and for single rows.

use std::collections::HashSet;

use crate::validation::{Problem, not_one_of};

/// The check of every parameter: it is given once, and its value is text that databases can keep.
pub(super) fn check<'a>(
    name: &'a str,
    text: &str,
    given: &mut HashSet<&'a str>,
) -> Result<(), Problem> {
    if !given.insert(name) {
        return Err(Problem::repeated());
    }
    if text.contains('\0') {
        return Err(Problem::new(
            "invalid_characters",
            "must not contain the character U+0000",
        ));
    }
    Ok(())
}

/// Names that are separated by commas, each one of the `known`. A name may be given again.
pub(super) fn read_names(text: &str, known: &[&'static str]) -> Result<Vec<&'static str>, Problem> {
    if known.is_empty() {
        let message = "is not known: there is nothing to name";
        return Err(Problem::new("unknown_field", message));
    }
    let mut names = Vec::new();
    for name in text.split(',') {
        let Some(name) = known.iter().copied().find(|known| *known == name) else {
            return Err(not_one_of(known.iter().copied()));
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}
