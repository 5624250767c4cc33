//! Creates the `comments` table.
//!
//! Made by `cargo fw generate scaffold comment article:references 'author:references(users)' body:text! --only=list,create,delete`.

use fw::migration::prelude::*;

pub async fn up(schema: &Schema<'_>) -> Result {
    schema
        .create_table(
            table("comments")
                .col(references("article_id", "articles", OnDelete::Cascade))
                .col(references("author_id", "users", OnDelete::Restrict))
                .col(text("body")),
        )
        .await?;
    schema
        .create_index(index("comments", ["article_id"]))
        .await?;
    schema
        .create_index(index("comments", ["author_id"]))
        .await?;
    schema.create_index(index("comments", ["created_at"])).await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    schema.drop_table("comments").await
}
