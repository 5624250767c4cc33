//! Adds a unique index on `user_id`, `article_id` to the `favorites` table.
//!
//! Made by `cargo fw generate migration add_unique_index_to_favorites user_id article_id`.

use fw::migration::prelude::*;

pub async fn up(schema: &Schema<'_>) -> Result {
    schema
        .create_index(unique_index("favorites", ["user_id", "article_id"]))
        .await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    schema
        .drop_index("favorites", ["user_id", "article_id"])
        .await
}
