//! Fills in templates: `$name` stands for a value. Plain Rust hardly uses the sign.

use crate::project::Project;

/// The template with every `$name` replaced.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    // `$posts` before `$post`.
    let mut values = values.to_vec();
    values.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let mut text = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match values.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, value)) => {
                text.push_str(value);
                rest = &rest[name.len()..];
            }
            None => text.push('$'),
        }
    }
    text.push_str(rest);
    text
}

/// A text with its first letter in upper case.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Leaves the schemas out of the types of an app that has no description of its API.
pub(super) fn with_schemas(source: String, project: &Project) -> String {
    if project.features.iter().any(|feature| feature == "openapi") {
        source
    } else {
        source.replace("JsonSchema, ", "")
    }
}
