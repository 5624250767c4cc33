//! Renders templates: whole files in `templates/`, in the language of Jinja. Those of Rust files have its braces, `{{ name }}`; those of other
//! files have `[[ name ]]` and `[% if … %]`.
//!
//! A template decides nothing about types: its values have every fragment and every flag that it needs. It may leave
//! the layout of long lines to rustfmt, which runs over everything that is generated.

use std::path::Path;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;

use crate::error::CliError;

/// A template of the folder `templates`, by its name there without `.jinja`.
macro_rules! template {
    ($name:literal) => {
        $crate::generate::template::Template {
            name: $name,
            text: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/src/generate/templates/",
                $name,
                ".jinja"
            )),
        }
    };
}
pub(super) use template;

/// A template: the text of a file with placeholders.
#[derive(Clone, Copy)]
pub(super) struct Template {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
}

impl Template {
    /// Renders the file with some values. A value that the template names and that is not given is an error.
    pub(super) fn render(self, values: impl Serialize) -> Result<String, CliError> {
        let mut syntax = SyntaxConfig::builder();
        let is_rust = Path::new(self.name)
            .extension()
            .is_some_and(|end| end == "rs");
        if !is_rust {
            // Braces belong to the templates of pages that they make.
            syntax
                .block_delimiters("[%", "%]")
                .variable_delimiters("[[", "]]")
                .comment_delimiters("[#", "#]");
        }
        let syntax = syntax
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build();
        let mut environment = Environment::new();
        // A fragment of a page is one, not a text in it.
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_filter("capital", |text: String| capital(&text));
        syntax
            .map(|syntax| environment.set_syntax(syntax))
            .and_then(|()| environment.render_named_str(self.name, self.text, Serde(values)))
            .map(|text| format!("{}\n", text.trim()))
            .map_err(|error| {
                CliError::failed(format!("the template `{}` is wrong: {error}", self.name))
                    .hint("this is a mistake in `cargo fw`: please report it")
            })
    }
}

/// A text with its first letter in upper case.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::Template;

    #[test]
    fn lines_with_tags_alone_leave_no_trace() {
        let template = Template {
            name: "list.rs",
            text: "{% for name in names %}\n    mod {{ name }};\n{% endfor %}\n// {{ names[0] | capital }}\n",
        };
        assert_eq!(
            template.render(context!(names => ["a_b", "c"])).unwrap(),
            "mod a_b;\n    mod c;\n// A_b\n"
        );
    }

    #[test]
    fn a_value_that_is_missing_is_an_error() {
        let template = Template {
            name: "task.rs",
            text: "mod {{ name }};\n",
        };
        let report = template.render(context!()).unwrap_err().report();
        assert!(report.contains("`task.rs` is wrong"), "{report}");
    }
}
