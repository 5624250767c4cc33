//! Edits of Rust files that find their place by syntax, and of lines of HTML and TOML: formatting and comments of the file survive.
//!
//! An edit is made where its text would be read as what it is meant to be, and only there: text that looks like it in a
//! comment, a literal, another function or another struct is somebody else's. It is reverted only where it is still as it
//! was made.

mod chain;
mod entity;
mod html;
mod lines;
mod list;
mod syntax;
#[cfg(test)]
mod tests;
mod toml;

use serde::{Deserialize, Serialize};

use self::syntax::{Match, Source, Splice};
pub use self::{
    chain::Hook,
    entity::{Relation, RelationName},
    toml::Table,
};
pub(crate) use self::{html::has_navigation, syntax::has_code};
use crate::file::Text;

/// An edit that a generator makes in a file of the user: a few lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// `pub mod posts;` among the modules of a file.
    Module {
        /// True for `pub mod`.
        public: bool,
        /// The name of the module.
        name: String,
    },
    /// `use crate::posts::model as posts;` among the imports of a file.
    Import {
        /// The imported path.
        path: String,
    },
    /// An item of the `vec![…]` that the function `all` returns.
    Migration {
        /// The module of the migration.
        module: String,
    },
    /// A call at the end of the chain that a hook of the app returns.
    HookCall {
        /// The hook.
        hook: Hook,
        /// The call: `.merge(crate::posts::routes())`.
        call: String,
    },
    /// A field at the end of an entity's `Model`.
    Relation(Relation),
    /// A link at the end of the first `<nav>` of a page.
    NavigationLink {
        /// The name of the route: `posts.index`.
        route: String,
        /// The key of the message that it shows.
        message: String,
    },
    /// A script at the end of the `<head>` of a page.
    Script {
        /// The name of the asset: `htmx.min.js`.
        asset: String,
    },
    /// A feature of `framewright` in a manifest.
    Feature {
        /// The name of the feature: `auth`.
        name: String,
    },
    /// Tables of a TOML file.
    Table(Table),
}

/// The reason why an edit cannot be made, or not reverted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct MissingAnchor(pub(super) String);

impl Edit {
    /// The text with the edit; `None` if it has the edit already.
    pub(crate) fn apply(&self, text: &Text) -> Result<Option<Text>, MissingAnchor> {
        match self {
            Self::Feature { name } => return toml::add_feature(text, name),
            Self::Table(table) => return toml::add_table(text, table),
            _ => {}
        }
        if let Some(end_tag) = self.end_tag() {
            return html::apply(text, &self.snippet(), end_tag);
        }
        let source = Source::parse(text.plain())?;
        match self.find(&source)? {
            Match::Exact(_) | Match::Different(_) => return Ok(None),
            Match::NameTaken(why) | Match::Blocked(why) => return Err(MissingAnchor(why)),
            Match::Absent => {}
        }
        let splice = self.insert(&source)?;
        let after = text.splice(splice.range, &splice.text);
        // A place inside a comment that goes on in the next line, for example.
        let is_read = Source::parse(after.plain())
            .and_then(|source| self.find(&source))
            .is_ok_and(|found| matches!(found, Match::Exact(_)));
        if is_read {
            Ok(Some(after))
        } else {
            Err(MissingAnchor(format!(
                "its layout leaves no place for `{}`",
                self.line()
            )))
        }
    }

    /// The text without the edit; `None` if it does not have it.
    pub(super) fn revert(&self, text: &Text) -> Result<Option<Text>, MissingAnchor> {
        match self {
            Self::Feature { name } => return toml::remove_feature(text, name),
            Self::Table(table) => return toml::remove_table(text, table),
            _ => {}
        }
        if self.end_tag().is_some() {
            return Ok(html::revert(text, &self.snippet()));
        }
        let source = Source::parse(text.plain())?;
        let ways = match self.find(&source)? {
            Match::Exact(ways) => ways,
            Match::Absent | Match::NameTaken(_) => return Ok(None),
            Match::Different(why) | Match::Blocked(why) => return Err(MissingAnchor(why)),
        };
        let mut texts = ways
            .into_iter()
            .map(|splice| text.splice(splice.range, &splice.text))
            .filter(|after| self.is_gone(after));
        let likeliest = texts.next();
        // The one from which the edit makes what is there now, byte for byte.
        let exact = likeliest.iter().cloned().chain(texts).find(|before| {
            self.apply(before)
                .is_ok_and(|again| again.as_ref() == Some(text))
        });
        exact.or(likeliest).map(Some).ok_or_else(|| {
            MissingAnchor(format!("`{}` is laid out in an unusual way", self.line()))
        })
    }

    /// The edit as it is, or would be, made in a file: with the name that is free there.
    pub(crate) fn resolved_in(&self, text: &Text) -> Self {
        let Self::Relation(relation) = self else {
            return self.clone();
        };
        let name = Source::parse(text.plain())
            .and_then(|source| Ok(relation.name_in(&source)?.cloned()))
            .ok()
            .flatten();
        Self::Relation(Relation {
            names: name.map_or_else(|| relation.names.clone(), |name| vec![name]),
            ..relation.clone()
        })
    }

    fn find(&self, source: &Source<'_>) -> Result<Match, MissingAnchor> {
        match self {
            Self::Module { name, .. } => Ok(lines::find_module(source, name)),
            Self::Import { path } => Ok(lines::find_import(source, path)),
            Self::Migration { module } => Ok(list::find(source, module)),
            Self::HookCall { hook, call } => chain::find(source, hook, call),
            Self::Relation(relation) => entity::find(source, relation),
            // `apply` and `revert` read it as what it is.
            Self::NavigationLink { .. }
            | Self::Script { .. }
            | Self::Feature { .. }
            | Self::Table(_) => Ok(Match::Absent),
        }
    }

    fn insert(&self, source: &Source<'_>) -> Result<Splice, MissingAnchor> {
        match self {
            Self::Module { public, name } => Ok(lines::insert_module(source, *public, name)),
            Self::Import { path } => Ok(lines::insert_import(source, path)),
            Self::Migration { module } => list::insert(source, module),
            Self::HookCall { hook, call } => chain::insert(source, hook, call),
            Self::Relation(relation) => entity::insert(source, relation),
            Self::NavigationLink { .. }
            | Self::Script { .. }
            | Self::Feature { .. }
            | Self::Table(_) => Err(MissingAnchor("it is no Rust".to_owned())),
        }
    }

    /// The tag before which a line of HTML is added; `None` for an edit of Rust.
    fn end_tag(&self) -> Option<&'static str> {
        match self {
            Self::NavigationLink { .. } => Some(html::END_OF_NAVIGATION),
            Self::Script { .. } => Some(html::END_OF_HEAD),
            _ => None,
        }
    }

    fn is_gone(&self, text: &Text) -> bool {
        Source::parse(text.plain())
            .and_then(|source| self.find(&source))
            .is_ok_and(|found| matches!(found, Match::Absent | Match::NameTaken(_)))
    }

    /// The lines to paste by hand.
    pub fn snippet(&self) -> String {
        match self {
            Self::Module { public: true, name } => format!("pub mod {name};"),
            Self::Module {
                public: false,
                name,
            } => format!("mod {name};"),
            Self::Import { path } => format!("use {path};"),
            Self::Migration { module } => format!("{},", list::item(module)),
            Self::HookCall { hook, call } if call.is_empty() => hook.text(),
            Self::HookCall { call, .. } => call.clone(),
            Self::Relation(relation) => relation
                .names
                .first()
                .map(|name| relation.snippet(name))
                .unwrap_or_default(),
            Self::NavigationLink { route, message } => {
                format!(
                    "<a href=\"{{{{ path(to=\"{route}\") }}}}\">{{{{ t(key=\"{message}\") }}}}</a>"
                )
            }
            Self::Script { asset } => {
                format!("<script src=\"{{{{ asset(name=\"{asset}\") }}}}\" defer></script>")
            }
            Self::Feature { name } => format!("\"{name}\""),
            Self::Table(table) => table.lines.trim_end().to_owned(),
        }
    }

    /// The last line of the snippet, which identifies it.
    fn line(&self) -> String {
        let snippet = self.snippet();
        snippet
            .lines()
            .next_back()
            .unwrap_or_default()
            .trim()
            .to_owned()
    }

    /// The place of the snippet, in words.
    pub fn place(&self) -> String {
        match self {
            Self::Module { .. } => "among the `mod` lines".to_owned(),
            Self::Import { .. } => "among the `use` lines".to_owned(),
            Self::Migration { .. } => {
                "at the end of the `vec![…]` that `fn all()` returns".to_owned()
            }
            Self::HookCall { call, .. } if call.is_empty() => "in `impl Hooks for …`".to_owned(),
            Self::HookCall { hook, .. } => format!(
                "at the end of the chain that `fn {}` returns",
                hook.function
            ),
            Self::Relation(_) => "at the end of `struct Model`".to_owned(),
            Self::NavigationLink { .. } => "at the end of its first `<nav>`".to_owned(),
            Self::Script { .. } => "at the end of its `<head>`".to_owned(),
            Self::Feature { .. } => "among the `features` of `framewright`".to_owned(),
            Self::Table(table) => format!("behind `[{}]`", table.after),
        }
    }

    /// Returns whether the edit can leave a line too long or too short for rustfmt.
    pub(super) fn may_need_format(&self) -> bool {
        matches!(
            self,
            Self::Migration { .. } | Self::HookCall { .. } | Self::Relation(_)
        )
    }
}
