//! The descriptions of schemas, which are the doc comments of types, without what is for readers of the code alone.

use schemars::{
    Schema,
    transform::{Transform, transform_subschemas},
};
use serde_json::Value;

/// A transform that leaves out examples in code, and where there is one, and the targets of links to items.
pub(super) struct Prose;

impl Transform for Prose {
    fn transform(&mut self, schema: &mut Schema) {
        let description = schema.get("description").and_then(Value::as_str);
        if let Some(text) = description.map(prose) {
            schema.insert("description".to_owned(), text.into());
        }
        transform_subschemas(self, schema);
    }
}

fn prose(comment: &str) -> String {
    let blocks = comment.split("```").step_by(2);
    let paragraphs = blocks.flat_map(|block| block.split("\n\n"));
    let paragraphs = paragraphs.map(|paragraph| {
        let text = without_links(paragraph);
        let sentences = text.split_inclusive(". ");
        let sentences: String = sentences.filter(|one| !is_about_example(one)).collect();
        sentences.trim().to_owned()
    });
    let paragraphs: Vec<_> = paragraphs.filter(|one| !one.is_empty()).collect();
    paragraphs.join("\n\n")
}

/// Returns whether a sentence is such as "See `Roles` for an example."
fn is_about_example(sentence: &str) -> bool {
    let words: Vec<_> = sentence
        .trim_end_matches(['.', ' ', '\n'])
        .split_whitespace()
        .collect();
    words.first() == Some(&"See") && words.ends_with(&["for", "an", "example"])
}

/// The text with each link to an item, `[Roles](crate::auth::Roles)` or `` [`Roles`] ``, as its words. Links to pages stay.
fn without_links(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        kept.push_str(before);
        let Some((words, behind)) = after.split_once(']') else {
            kept.push('[');
            rest = after;
            continue;
        };
        let target = behind
            .strip_prefix('(')
            .and_then(|target| target.split_once(')'));
        rest = match target {
            Some((item, behind)) if item.contains("::") || item == "self" => {
                kept.push_str(words);
                behind
            }
            None if words.starts_with('`') => {
                kept.push_str(words);
                behind
            }
            _ => {
                kept.push('[');
                after
            }
        };
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::prose;

    #[test]
    fn descriptions_are_for_those_who_call_the_api() {
        for (comment, expected) in [
            (
                "A key. See [`Keys`](crate::auth::Keys) for an example.",
                "A key.",
            ),
            (
                "A key. See [the module](self) for an example.\n\nIt ends.",
                "A key.\n\nIt ends.",
            ),
            (
                "A role, see [the guide](https://example.com/a). [`Roles`] and [more](super::More).\n\n```\nlet a = [1];\n```\n\nThe end.",
                "A role, see [the guide](https://example.com/a). `Roles` and more.\n\nThe end.",
            ),
            ("Bits [0] to [9], or [", "Bits [0] to [9], or ["),
            ("See the guide for an example", ""),
        ] {
            assert_eq!(prose(comment), expected, "{comment}");
        }
    }
}
