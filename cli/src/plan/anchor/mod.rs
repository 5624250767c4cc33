//! Finds the place of an edit by syntax and splices the text there: formatting and comments of the file survive.

mod chain;
mod entity;
mod lines;
mod list;

use std::ops::Range;

pub use self::chain::Hook;

/// A few lines that a generator adds to a file of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// `pub mod posts;` among the modules of a file.
    Module {
        /// Whether other modules of the crate see it.
        public: bool,
        /// Its name.
        name: String,
    },
    /// `use crate::posts::model as posts;` among the imports of a file.
    Import {
        /// What is imported.
        path: String,
    },
    /// An item of the `vec![…]` that the function `all` returns.
    Migration {
        /// The module of the migration.
        module: String,
    },
    /// A call at the end of the chain that a hook of the app returns.
    HookCall {
        /// Which hook.
        hook: Hook,
        /// `.merge(crate::posts::routes())`
        call: String,
    },
    /// A field at the end of an entity's `Model`.
    EntityField {
        /// Its name.
        name: String,
        /// Its attribute.
        attribute: String,
        /// Its type.
        field_type: String,
    },
}

/// The place of an edit cannot be found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct MissingAnchor(pub(super) String);

/// Text to put in place of some bytes.
pub(super) struct Splice {
    range: Range<usize>,
    text: String,
}

impl Edit {
    /// The text with the edit made; `None` when it is there already.
    pub(crate) fn apply(&self, source: &str) -> Result<Option<String>, MissingAnchor> {
        if self.is_in(source) {
            return Ok(None);
        }
        let file = parse(source)?;
        let splice = match self {
            Self::Module { public, name } => lines::insert_module(source, &file, *public, name),
            Self::Import { path } => lines::insert_import(source, &file, path),
            Self::Migration { module } => list::insert(source, &file, &migration_item(module))?,
            Self::HookCall { hook, call } => chain::insert(source, &file, *hook, call)?,
            Self::EntityField { .. } => entity::insert(source, &file, &self.snippet())?,
        };
        Ok(Some(splice.into_text(source)))
    }

    /// The text with the edit taken back; `None` when it is not there.
    pub(super) fn revert(&self, source: &str) -> Result<Option<String>, MissingAnchor> {
        if !self.is_in(source) {
            return Ok(None);
        }
        let file = parse(source)?;
        let splice = match self {
            Self::Module { name, .. } => lines::remove_module(source, &file, name)?,
            Self::Import { path } => lines::remove_import(source, &file, path)?,
            Self::Migration { module } => list::remove(source, &file, &migration_item(module))?,
            Self::HookCall { hook, call } => chain::remove(source, &file, *hook, call)?,
            Self::EntityField { name, .. } => entity::remove(source, &file, name)?,
        };
        Ok(Some(splice.into_text(source)))
    }

    /// The text that somebody can paste.
    pub fn snippet(&self) -> String {
        match self {
            Self::Module { public: true, name } => format!("pub mod {name};"),
            Self::Module {
                public: false,
                name,
            } => format!("mod {name};"),
            Self::Import { path } => format!("use {path};"),
            Self::Migration { module } => format!("{},", migration_item(module)),
            Self::HookCall { call, .. } => call.clone(),
            Self::EntityField {
                name,
                attribute,
                field_type,
            } => {
                format!("#[sea_orm({attribute})]\n    pub {name}: {field_type},")
            }
        }
    }

    /// Where the snippet belongs, as prose.
    pub fn place(&self) -> String {
        match self {
            Self::Module { .. } => "among the `mod` lines".to_owned(),
            Self::Import { .. } => "among the `use` lines".to_owned(),
            Self::Migration { .. } => {
                "at the end of the `vec![…]` that `fn all()` returns".to_owned()
            }
            Self::HookCall { hook, .. } => hook.place().to_owned(),
            Self::EntityField { .. } => "at the end of `struct Model`".to_owned(),
        }
    }

    /// Whether the edit can leave a line too long or too short for rustfmt.
    pub(super) fn may_need_format(&self) -> bool {
        matches!(self, Self::Migration { .. } | Self::HookCall { .. })
    }

    /// Whether the file has the text already, wherever it stands and however it is laid out: people may have moved it.
    fn is_in(&self, source: &str) -> bool {
        let needle = match self {
            // `mod x;` and `pub mod x;` are equally good.
            Self::Module { name, .. } => format!("mod {name};"),
            Self::Migration { module } => migration_item(module),
            Self::EntityField { name, .. } => format!("pub {name}:"),
            _ => self.snippet(),
        };
        tokens_of(source).is_some_and(|haystack| {
            tokens_of(&needle).is_some_and(|needle| haystack.contains(&needle))
        })
    }
}

impl Splice {
    fn into_text(self, source: &str) -> String {
        let Range { start, end } = self.range;
        [&source[..start], &self.text, &source[end..]].concat()
    }
}

fn migration_item(module: &str) -> String {
    format!("Box::new({module}::Migration)")
}

fn parse(source: &str) -> Result<syn::File, MissingAnchor> {
    syn::parse_file(source).map_err(|error| MissingAnchor(format!("it is no valid Rust: {error}")))
}

/// The tokens with one space around each, without comments and without commas at the end of a list.
fn tokens_of(source: &str) -> Option<String> {
    let mut text = String::from(" ");
    collect(source.parse().ok()?, &mut text);
    Some(text)
}

fn collect(tokens: proc_macro2::TokenStream, text: &mut String) {
    use proc_macro2::{Delimiter, TokenTree};
    for tree in tokens {
        let TokenTree::Group(group) = tree else {
            text.push_str(&tree.to_string());
            text.push(' ');
            continue;
        };
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("( ", ") "),
            Delimiter::Brace => ("{ ", "} "),
            Delimiter::Bracket => ("[ ", "] "),
            Delimiter::None => ("", ""),
        };
        text.push_str(open);
        collect(group.stream(), text);
        // rustfmt adds a comma where it breaks a list.
        if text.ends_with(", ") {
            text.truncate(text.len() - 2);
        }
        text.push_str(close);
    }
}

/// The byte after the end of the line that `at` is on.
fn line_end(source: &str, at: usize) -> usize {
    source[at..]
        .find('\n')
        .map_or(source.len(), |length| at + length + 1)
}

/// The first byte of the line that `at` is on.
fn line_start(source: &str, at: usize) -> usize {
    source[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The white space that the line of `at` begins with.
fn indent(source: &str, at: usize) -> &str {
    let line = &source[line_start(source, at)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

#[cfg(test)]
mod tests {
    use super::{Edit, Hook};

    fn module(name: &str) -> Edit {
        Edit::Module {
            public: true,
            name: name.to_owned(),
        }
    }

    fn routes(table: &str) -> Edit {
        Edit::HookCall {
            hook: Hook::Routes,
            call: format!(".merge(crate::{table}::routes())"),
        }
    }

    fn app(body: &str) -> String {
        format!("impl Hooks for App {{\n    fn routes() -> Routes {{\n        {body}\n    }}\n}}\n")
    }

    /// The text after the edit, which must be there only once and go without a trace.
    fn round_trip(edit: &Edit, before: &str) -> String {
        let after = edit.apply(before).unwrap().expect("the edit is new");
        assert_eq!(
            edit.apply(&after).unwrap(),
            None,
            "the edit is made only once"
        );
        assert_eq!(
            edit.revert(&after).unwrap().as_deref(),
            Some(before),
            "the edit leaves no trace"
        );
        after
    }

    #[test]
    fn modules_go_where_they_belong() {
        let sorted = "//! App.\n\npub mod app;\npub mod posts;\n";
        assert_eq!(
            round_trip(&module("news"), sorted),
            "//! App.\n\npub mod app;\npub mod news;\npub mod posts;\n"
        );
        assert_eq!(
            round_trip(&module("aa"), sorted),
            "//! App.\n\npub mod aa;\npub mod app;\npub mod posts;\n"
        );
        let unsorted = "pub mod posts; // mine\npub mod app;\n\npub use app::App;\n";
        assert_eq!(
            round_trip(&module("news"), unsorted),
            "pub mod posts; // mine\npub mod app;\npub mod news;\n\npub use app::App;\n"
        );
        for alone in [
            "",
            "//! Docs.\n",
            "//! Docs.\n\nuse a::B;\n\nfn f() {}\n",
            "//! Docs.\n\nfn f() {}\n",
            "fn f() {}\n",
        ] {
            round_trip(&module("news"), alone);
        }
    }

    #[test]
    fn calls_go_to_the_end_of_a_chain() {
        let short = app("Routes::new()");
        assert_eq!(
            round_trip(&routes("a"), &short),
            app("Routes::new().merge(crate::a::routes())")
        );
        let one = app("Routes::new().merge(crate::home::routes())");
        assert_eq!(
            round_trip(&routes("posts"), &one),
            app(
                "Routes::new()\n            .merge(crate::home::routes())\n            .merge(crate::posts::routes())"
            )
        );
        let commented =
            app("Routes::new()\n            // the front door\n            .get(\"/\", home)");
        assert_eq!(
            round_trip(&routes("a"), &commented),
            app(
                "Routes::new()\n            // the front door\n            .get(\"/\", home)\n            .merge(crate::a::routes())"
            )
        );
    }

    #[test]
    fn a_hook_that_the_app_has_not_is_added_and_removed() {
        let edit = Edit::HookCall {
            hook: Hook::Middleware,
            call: ".layer(\"a\", from_fn(crate::middleware::a::a))".to_owned(),
        };
        let after = round_trip(&edit, &app("Routes::new()"));
        assert!(after.contains("    fn middleware(stack: fw::middleware::Stack) -> fw::middleware::Stack {\n        stack.layer("), "{after}");
    }

    #[test]
    fn a_call_that_somebody_moved_is_there() {
        let moved = "fn own() -> Routes { Routes::new().merge( crate::a::routes( ) ) }";
        assert_eq!(routes("a").apply(moved).unwrap(), None);
    }

    #[test]
    fn what_is_no_chain_is_refused() {
        for body in [
            "if x { a() } else { b() }",
            "let routes = Routes::new(); routes;",
            "",
        ] {
            assert!(routes("a").apply(&app(body)).is_err(), "{body}");
        }
        assert!(routes("a").apply("fn main() {}").is_err());
        assert!(routes("a").apply("not rust at all {").is_err());
    }

    #[test]
    fn migrations_are_listed_at_the_end() {
        let all =
            |items: &str| format!("pub fn all() -> Vec<Box<dyn M>> {{\n    vec![{items}]\n}}\n");
        let edit = |module: &str| Edit::Migration {
            module: module.to_owned(),
        };
        let first = round_trip(&edit("m1_create_a_table_with_a_name"), &all(""));
        assert_eq!(
            first,
            all("Box::new(m1_create_a_table_with_a_name::Migration)")
        );
        let second = round_trip(&edit("m2_create_b_table_with_a_name"), &first);
        let items = "\n        Box::new(m1_create_a_table_with_a_name::Migration),\n        Box::new(m2_create_b_table_with_a_name::Migration),\n    ";
        assert_eq!(second, all(items));
        round_trip(&edit("m3_create_c"), &second);
    }

    #[test]
    fn relations_go_to_the_end_of_the_model() {
        let model = "pub struct Model {\n    pub id: i64,\n    // mine\n}\n\nstruct Other {}\n";
        let edit = Edit::EntityField {
            name: "posts".to_owned(),
            attribute: "has_many".to_owned(),
            field_type: "HasMany<posts::Entity>".to_owned(),
        };
        assert_eq!(
            round_trip(&edit, model),
            "pub struct Model {\n    pub id: i64,\n    // mine\n    #[sea_orm(has_many)]\n    pub posts: HasMany<posts::Entity>,\n}\n\nstruct Other {}\n"
        );
    }
}
