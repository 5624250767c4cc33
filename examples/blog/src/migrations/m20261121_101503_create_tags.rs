//! Creates the `tags` table.
//!
//! Made by `cargo fw generate model tag name:string^`.

use fw::migration::prelude::*;

pub async fn up(schema: &Schema<'_>) -> Result {
    schema
        .create_table(table("tags").col(string_len("name", 255)))
        .await?;
    schema.create_index(unique_index("tags", ["name"])).await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    schema.drop_table("tags").await
}
