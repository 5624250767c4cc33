//! Creates the `articles` table.
//!
//! Made by `cargo fw generate scaffold article slug:string^ title:string! description:text! body:text! 'author:references(users)' --only=list,show,create,update,delete`.

use fw::migration::prelude::*;

pub async fn up(schema: &Schema<'_>) -> Result {
    schema
        .create_table(
            table("articles")
                .col(string_len("slug", 255))
                .col(string_len("title", 255))
                .col(text("description"))
                .col(text("body"))
                .col(references("author_id", "users", OnDelete::Restrict)),
        )
        .await?;
    schema
        .create_index(unique_index("articles", ["slug"]))
        .await?;
    schema
        .create_index(index("articles", ["author_id"]))
        .await?;
    schema.create_index(index("articles", ["created_at"])).await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    schema.drop_table("articles").await
}
