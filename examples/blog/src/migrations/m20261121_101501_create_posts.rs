//! Creates the `posts` table.
//!
//! Made by `cargo fw generate scaffold post title:string! slug:string^ content:text 'status:enum(draft,published)=draft' author:references? 'rating:decimal(3,2)'`.

use fw::migration::prelude::*;

pub async fn up(schema: &Schema<'_>) -> Result {
    schema
        .create_table(
            table("posts")
                .col(string_len("title", 255))
                .col(string_len("slug", 255))
                .col(text_null("content"))
                .col(string_len("status", 60).default("draft"))
                .col(references_null("author_id", "authors", OnDelete::SetNull))
                .col(decimal_len_null("rating", 3, 2)),
        )
        .await?;
    schema.create_index(unique_index("posts", ["slug"])).await?;
    schema.create_index(index("posts", ["author_id"])).await?;
    schema.create_index(index("posts", ["created_at"])).await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    schema.drop_table("posts").await
}
