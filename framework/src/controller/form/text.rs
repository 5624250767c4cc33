//! Texts of forms and lists, which are written in the language of the reader when the page is rendered.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

/// The modules of a resource that hold types; they are no part of the keys of its messages.
const TYPE_MODULES: [&str; 4] = ["controller", "dto", "model", "pages"];

/// A text in the language of the reader, which `t(text=…)` writes in a template: the first message that there is of some keys, otherwise a text
/// in English. See [`Form`](super::Form) for an example.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FormText {
    /// The keys of messages, the most specific one first.
    pub keys: Vec<String>,
    /// The parameters of the message.
    pub parameters: BTreeMap<String, String>,
    /// The text in English.
    pub english: String,
}

impl FormText {
    pub(super) fn new(key: impl Into<String>, english: impl Into<String>) -> Self {
        Self {
            keys: vec![key.into()],
            ..Self::plain(english)
        }
    }

    /// A text that is the same in each language, such as the name of a row.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self {
            english: text.into(),
            ..Self::default()
        }
    }
}

/// The messages of a field: `posts.title` is its label, `posts-title-too_long` one of its problems, and `posts-status.draft` one of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FieldKeys {
    pub(super) label: String,
    /// The beginning of the keys of the others.
    pub(super) prefix: String,
}

impl FieldKeys {
    /// The keys of a field of the type with this name, such as `blog::posts::dto::PostBody`.
    pub(super) fn of(type_name: &str, field: &str) -> Self {
        let field = field.replace('.', "-");
        match scope(type_name) {
            scope if scope.is_empty() => Self {
                label: field.clone(),
                prefix: field,
            },
            scope => Self {
                label: format!("{scope}.{field}"),
                prefix: format!("{scope}-{field}"),
            },
        }
    }

    pub(super) fn problem(&self, code: &str) -> String {
        format!("{}-{code}", self.prefix)
    }

    pub(super) fn value(&self, value: &str) -> String {
        format!("{}.{value}", self.prefix)
    }
}

/// The modules of a type, without the crate and the module of a resource that holds its types: `posts` of `blog::posts::dto::PostBody`.
fn scope(type_name: &str) -> String {
    let name = type_name.split('<').next().unwrap_or(type_name);
    let mut modules: Vec<&str> = name.split("::").skip(1).collect();
    modules.pop();
    if modules.len() > 1
        && modules
            .last()
            .is_some_and(|last| TYPE_MODULES.contains(last))
    {
        modules.pop();
    }
    modules.join("-")
}

#[cfg(test)]
mod tests {
    use super::FieldKeys;

    #[test]
    fn keys_are_those_of_the_resource_that_the_type_belongs_to() {
        let keys = |name, field| FieldKeys::of(name, field);
        let title = keys("blog::posts::dto::PostBody", "title");
        assert_eq!(title.label, "posts.title");
        assert_eq!(title.problem("too_long"), "posts-title-too_long");
        assert_eq!(title.value("draft"), "posts-title.draft");
        let city = keys("shop::admin::orders::Order<shop::x::Y>", "address.city");
        assert_eq!(city.label, "admin-orders.address-city");
        assert_eq!(
            keys("shop::Body", "title").problem("required"),
            "title-required"
        );
    }
}
