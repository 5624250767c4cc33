//! Creates the `posts_tags` table, which joins `posts` and `tags`.
//!
//! Made by `cargo fw generate migration create_join_table_posts_tags`.

use fw::migration::prelude::*;

pub async fn up(schema: &Schema<'_>) -> Result {
    schema
        .create_table(
            table("posts_tags")
                .col(references("post_id", "posts", OnDelete::Cascade))
                .col(references("tag_id", "tags", OnDelete::Cascade)),
        )
        .await?;
    schema
        .create_index(index("posts_tags", ["post_id"]))
        .await?;
    schema.create_index(index("posts_tags", ["tag_id"])).await?;
    schema
        .create_index(unique_index("posts_tags", ["post_id", "tag_id"]))
        .await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    schema.drop_table("posts_tags").await
}
