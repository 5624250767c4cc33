//! The fields of a resource, as people type them (`title:string!`) and as every generated fragment of code needs them.
//!
//! [`parse`] reads a field once; from then on nothing asks for its type again: the templates of the entity, the DTOs and the
//! tests get a [`FieldView`], in which every fragment is decided, and migrations ask for the column's call.

mod column;
mod default;
mod dto;
mod entity;
mod error;
mod kind;
mod names;
mod parse;
mod sample;
#[cfg(test)]
mod tests;
mod view;
mod words;

pub(crate) use self::column::ENUM_LENGTH;
pub use self::{
    column::index_call,
    default::DefaultValue,
    error::FieldError,
    kind::Kind,
    names::{is_built_in, is_keyword},
    parse::{parse, parse_all, split},
    sample::BadValue,
    view::FieldView,
};

/// One field of a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The word before the colon: `author` in `author:references`.
    pub name: String,
    /// The type of its values.
    pub kind: Kind,
    /// True if the column accepts no NULL; true as well for a field with a default.
    pub required: bool,
    /// True if no two rows may share a value.
    pub unique: bool,
    /// True if the column has an index of its own.
    pub indexed: bool,
    /// The value of a row for which none is given.
    pub default: Option<DefaultValue>,
    /// The text that was parsed, for messages.
    pub input: String,
}

impl Field {
    /// A note on a default that ends like a modifier: it is part of the text, as in `grade:string=A+`.
    pub fn note_on_default(&self) -> Option<String> {
        let Some(DefaultValue::Text(text)) = &self.default else {
            return None;
        };
        let modifier = text.chars().last().filter(|last| "^+".contains(*last))?;
        Some(format!(
            "the default of `{}` is the text `{text}`; a modifier such as `{modifier}` stands before the `=`",
            self.name
        ))
    }

    /// The name of the column: the field's own, or `author_id` for a reference called `author`.
    pub fn column(&self) -> String {
        match self.kind {
            Kind::References { .. } => format!("{}_id", self.name),
            _ => self.name.clone(),
        }
    }

    /// The variant of SeaORM's `Column` enum.
    pub fn variant(&self) -> String {
        heck::ToUpperCamelCase::to_upper_camel_case(self.column().as_str())
    }

    /// The name as prose: `published at`.
    pub fn human(&self) -> String {
        self.name.replace('_', " ")
    }

    /// The table that a reference points at.
    pub fn target(&self) -> Option<&str> {
        match &self.kind {
            Kind::References { table } => Some(table),
            _ => None,
        }
    }

    /// Returns whether its values are a fixed list.
    pub fn is_enum(&self) -> bool {
        matches!(self.kind, Kind::Enum { .. })
    }

    /// Returns whether a list can be ordered by it.
    pub fn sortable(&self) -> bool {
        self.kind.ordered()
    }

    /// Returns whether a list can be filtered by it.
    pub fn filterable(&self) -> bool {
        self.selects() && !self.hides_parameter()
    }

    /// Returns whether people ask for rows by its values: a column that identifies, classifies or has an index.
    fn selects(&self) -> bool {
        self.kind.classifies() || self.unique || self.indexed
    }

    /// Returns whether it would be a filter, were it not called like one of the list's own parameters.
    pub fn is_hidden_filter(&self) -> bool {
        self.selects() && self.hides_parameter()
    }

    fn hides_parameter(&self) -> bool {
        matches!(
            self.column().as_str(),
            "limit" | "cursor" | "page" | "sort" | "fields" | "include"
        )
    }
}
