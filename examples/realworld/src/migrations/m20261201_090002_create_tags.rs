//! Creates the `tags` table.
//!
//! Made by `cargo fw generate scaffold tag article:references 'name:string!+' --only=list`.

use fw::migration::prelude::*;

pub async fn up(schema: &Schema<'_>) -> Result {
    schema
        .create_table(
            table("tags")
                .col(references("article_id", "articles", OnDelete::Cascade))
                .col(string_len("name", 255)),
        )
        .await?;
    schema.create_index(index("tags", ["article_id"])).await?;
    schema.create_index(index("tags", ["name"])).await?;
    schema.create_index(index("tags", ["created_at"])).await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    schema.drop_table("tags").await
}
