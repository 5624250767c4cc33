//! Checks of query parameters, shared by lists and single rows.

use std::collections::HashSet;

use crate::validation::{Problem, not_one_of};

/// Checks that a parameter is given only once, and that its value is text that databases can store.
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

/// Reads names that are separated by commas, each one of the `known`. A name may be repeated.
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
