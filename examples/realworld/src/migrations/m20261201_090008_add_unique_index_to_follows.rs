//! Adds a unique index on `follower_id`, `followed_id` to the `follows` table.
//!
//! Made by `cargo fw generate migration add_unique_index_to_follows follower_id followed_id`.

use fw::migration::prelude::*;

pub async fn up(schema: &Schema<'_>) -> Result {
    schema
        .create_index(unique_index("follows", ["follower_id", "followed_id"]))
        .await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    schema
        .drop_index("follows", ["follower_id", "followed_id"])
        .await
}
