//! Functions for the tables, indexes and foreign keys that most migrations need.
//!
//! ```
//! use fw::migration::prelude::*;
//!
//! pub async fn up(schema: &Schema<'_>) -> Result {
//!     schema.create_table(table("posts").col(string_len("slug", 255)).col(big_integer("author_id"))).await?;
//!     schema.create_index(unique_index("posts", ["slug"])).await?;
//!     schema.create_index(index("posts", ["author_id", "created_at"])).await?;
//!     if schema.backend() == DbBackend::Postgres {
//!         schema.create_foreign_key(foreign_key("posts", "author_id", "authors")).await?;
//!     }
//!     Ok(())
//! }
//! ```

use sea_orm::sea_query::{
    Expr, ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index, IndexCreateStatement,
    Table, TableCreateStatement,
};

use super::columns::{big_pk_auto, timestamp_with_time_zone};

/// A new table with `id` (64-bit, counted up by the database), `created_at` and `updated_at` (UTC).
pub fn table(name: &'static str) -> TableCreateStatement {
    Table::create()
        .table(name)
        .col(big_pk_auto("id"))
        .col(timestamp_with_time_zone("created_at").default(Expr::current_timestamp()))
        .col(timestamp_with_time_zone("updated_at").default(Expr::current_timestamp()))
        .take()
}

/// An index called `index_{table}_on_{columns}`.
pub fn index<const N: usize>(
    table: &'static str,
    columns: [&'static str; N],
) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(index_name(table, &columns)).table(table);
    for column in columns {
        index.col(column);
    }
    index
}

/// An index called `index_{table}_on_{columns}` that allows each combination of values once.
pub fn unique_index<const N: usize>(
    table: &'static str,
    columns: [&'static str; N],
) -> IndexCreateStatement {
    index(table, columns).unique().take()
}

/// A foreign key from `column` to the `id` of `references`. A referenced row cannot be deleted, unless
/// [`on_delete`](ForeignKeyCreateStatement::on_delete) says otherwise.
pub fn foreign_key(
    table: &'static str,
    column: &'static str,
    references: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk_{table}_{column}"))
        .from(table, column)
        .to(references, "id")
        .on_delete(ForeignKeyAction::Restrict)
        .take()
}

/// The name of an index, at most 63 bytes long (PostgreSQL's limit): longer names end in a hash of the whole.
pub(super) fn index_name(table: &str, columns: &[impl AsRef<str>]) -> String {
    const LIMIT: usize = 63;
    let columns: Vec<&str> = columns.iter().map(AsRef::as_ref).collect();
    let name = format!("index_{table}_on_{}", columns.join("_and_"));
    if name.len() <= LIMIT {
        return name;
    }
    // FNV-1a: stable across versions of Rust, unlike the standard hasher.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{}_{hash:016x}", &name[..LIMIT - 17])
}
