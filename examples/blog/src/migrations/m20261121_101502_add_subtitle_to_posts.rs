//! Adds `subtitle` to the `posts` table.
//!
//! Made by `cargo fw generate migration add_subtitle_to_posts 'subtitle:string(120)'`.

use fw::migration::prelude::*;

pub async fn up(schema: &Schema<'_>) -> Result {
    schema
        .add_column("posts", string_len_null("subtitle", 120))
        .await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    schema.drop_column("posts", "subtitle").await
}
