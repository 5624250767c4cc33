//! Creates the `favorites` table.
//!
//! Made by `cargo fw generate model favorite user:references article:references`.

use fw::migration::prelude::*;

pub async fn up(schema: &Schema<'_>) -> Result {
    schema
        .create_table(
            table("favorites")
                .col(references("user_id", "users", OnDelete::Restrict))
                .col(references("article_id", "articles", OnDelete::Cascade)),
        )
        .await?;
    schema.create_index(index("favorites", ["user_id"])).await?;
    schema
        .create_index(index("favorites", ["article_id"]))
        .await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    schema.drop_table("favorites").await
}
