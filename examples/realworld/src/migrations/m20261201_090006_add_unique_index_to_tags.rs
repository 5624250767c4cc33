//! Adds a unique index on `article_id`, `name` to the `tags` table.
//!
//! Made by `cargo fw generate migration add_unique_index_to_tags article_id name`.

use fw::migration::prelude::*;

pub async fn up(schema: &Schema<'_>) -> Result {
    schema
        .create_index(unique_index("tags", ["article_id", "name"]))
        .await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    schema.drop_index("tags", ["article_id", "name"]).await
}
