//! The column of a field in a migration.

use super::{Field, Kind, words::MAX_LENGTH};

/// The length of the column of an enum: room for every value that an enum can get later, so that none needs a migration.
pub(crate) const ENUM_LENGTH: usize = MAX_LENGTH;

impl Field {
    /// The call that makes the column: `string_len("title", 255)`.
    pub fn column_call(&self) -> String {
        let column = self.column();
        let (builder, arguments) = match &self.kind {
            Kind::String { max } => ("string_len", format!(", {max}")),
            Kind::Enum { .. } => ("string_len", format!(", {ENUM_LENGTH}")),
            Kind::Decimal { precision, scale } => {
                ("decimal_len", format!(", {precision}, {scale}"))
            }
            Kind::Text => ("text", String::new()),
            Kind::SmallInt => ("small_integer", String::new()),
            Kind::Int => ("integer", String::new()),
            Kind::BigInt => ("big_integer", String::new()),
            Kind::References { table } => {
                let on_delete = if self.required { "Restrict" } else { "SetNull" };
                (
                    "references",
                    format!(", \"{table}\", OnDelete::{on_delete}"),
                )
            }
            Kind::Float => ("float", String::new()),
            Kind::Double => ("double", String::new()),
            Kind::Bool => ("boolean", String::new()),
            Kind::Date => ("date", String::new()),
            Kind::Time => ("time", String::new()),
            Kind::DateTime => ("timestamp_with_time_zone", String::new()),
            Kind::Uuid => ("uuid", String::new()),
            Kind::Json => ("json_binary", String::new()),
            Kind::Blob => ("blob", String::new()),
        };
        let null = if self.required { "" } else { "_null" };
        let default = self
            .default_literal()
            .map_or_else(String::new, |default| format!(".default({default})"));
        format!("{builder}{null}(\"{column}\"{arguments}){default}")
    }

    /// Returns whether a migration makes an index for it: references always have one.
    pub fn has_index(&self) -> bool {
        self.unique || self.indexed || self.target().is_some()
    }

    /// The call that makes the index: `index("posts", ["author_id"])`.
    pub fn index_call(&self, table: &str) -> String {
        index_call(table, &self.column(), self.unique)
    }
}

/// The call that makes an index on one column.
pub fn index_call(table: &str, column: &str, unique: bool) -> String {
    let call = if unique { "unique_index" } else { "index" };
    format!("{call}(\"{table}\", [\"{column}\"])")
}
