//! Functions for columns, two for each type: required, and `…_null` for one that may be NULL. Further calls refine them:
//! `integer("views").default(0)`.
//!
//! ```
//! use fw::migration::prelude::*;
//!
//! pub async fn up(schema: &Schema<'_>) -> Result {
//!     // `table` has an `id` and two times already; this one has a key of its own.
//!     let products = Table::create()
//!         .table("products")
//!         .col(pk_uuid("id"))
//!         .col(string_len("name", 80).unique_key())
//!         .col(decimal_len("price", 10, 2).default(0))
//!         .col(text_null("description"))
//!         .to_owned();
//!     schema.create_table(products).await?;
//!
//!     let reviews = Table::create()
//!         .table("reviews")
//!         .col(big_pk_auto("id"))
//!         .col(references("author_id", "authors", OnDelete::Cascade))
//!         .col(references_null("editor_id", "editors", OnDelete::SetNull))
//!         .to_owned();
//!     schema.create_table(reviews).await
//! }
//! ```

use sea_orm::sea_query::ColumnDef;

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident, $nullable:ident($($argument:ident: $type:ty),*);)*) => {$(
        $(#[$doc])*
        pub fn $name(name: &'static str $(, $argument: $type)*) -> ColumnDef {
            ColumnDef::new(name).$name($($argument),*).not_null().take()
        }

        #[doc = concat!("As [`", stringify!($name), "`](fn@", stringify!($name), "), or NULL.")]
        pub fn $nullable(name: &'static str $(, $argument: $type)*) -> ColumnDef {
            ColumnDef::new(name).$name($($argument),*).null().take()
        }
    )*};
}

columns! {
    /// Text of at most `length` characters.
    string_len, string_len_null(length: u32);
    /// Text of any length.
    text, text_null();
    /// `true` or `false`.
    boolean, boolean_null();
    /// A 16-bit number.
    small_integer, small_integer_null();
    /// A 32-bit number.
    integer, integer_null();
    /// A 64-bit number.
    big_integer, big_integer_null();
    /// A 32-bit floating point number.
    float, float_null();
    /// A 64-bit floating point number.
    double, double_null();
    /// An exact number of `precision` digits, `scale` of them after the point.
    decimal_len, decimal_len_null(precision: u32, scale: u32);
    /// A date without a time.
    date, date_null();
    /// A time of day.
    time, time_null();
    /// A date and time without an offset.
    date_time, date_time_null();
    /// A date and time in UTC.
    timestamp_with_time_zone, timestamp_with_time_zone_null();
    /// A UUID.
    uuid, uuid_null();
    /// A JSON document, as text.
    json, json_null();
    /// A JSON document in the form that PostgreSQL can index (`jsonb`).
    json_binary, json_binary_null();
    /// Bytes, of exactly `length` where the database can say so.
    binary_len, binary_len_null(length: u32);
    /// Bytes.
    blob, blob_null();
}

/// A primary key that the database counts up, of 64 bits.
pub fn big_pk_auto(name: &'static str) -> ColumnDef {
    ColumnDef::new(name)
        .big_integer()
        .not_null()
        .auto_increment()
        .primary_key()
        .take()
}

/// A primary key that is a UUID.
pub fn pk_uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().primary_key().take()
}

/// The action on a row when the row that it refers to is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDelete {
    /// The other row cannot be deleted.
    Restrict,
    /// This row is deleted too.
    Cascade,
    /// The reference becomes NULL.
    SetNull,
}

/// A foreign key to the `id` of `table`. `on_delete` is the action on this row when the referenced row is deleted.
pub fn references(name: &'static str, table: &'static str, on_delete: OnDelete) -> ColumnDef {
    big_integer(name).extra(reference(table, on_delete)).take()
}

/// A foreign key to the `id` of `table`, or NULL. `on_delete` is the action on this row when the referenced row is deleted.
pub fn references_null(name: &'static str, table: &'static str, on_delete: OnDelete) -> ColumnDef {
    big_integer_null(name)
        .extra(reference(table, on_delete))
        .take()
}

/// The `REFERENCES` clause of a column. It is part of the column, as SQLite cannot add a foreign key to an existing table.
pub(crate) fn reference(table: &str, on_delete: OnDelete) -> String {
    let action = match on_delete {
        OnDelete::Restrict => "RESTRICT",
        OnDelete::Cascade => "CASCADE",
        OnDelete::SetNull => "SET NULL",
    };
    format!(r#"REFERENCES "{table}" ("id") ON DELETE {action}"#)
}
