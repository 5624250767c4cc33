//! Creates the `authors` table.
//!
//! Made by `cargo fw generate scaffold author name:string!`.

use fw::migration::prelude::*;

pub async fn up(schema: &Schema<'_>) -> Result {
    schema
        .create_table(table("authors").col(string_len("name", 255)))
        .await?;
    schema.create_index(index("authors", ["created_at"])).await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    schema.drop_table("authors").await
}
