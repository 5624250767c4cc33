//! Creates the `follows` table.
//!
//! Made by `cargo fw generate model follow 'follower:references(users)' 'followed:references(users)'`.

use fw::migration::prelude::*;

pub async fn up(schema: &Schema<'_>) -> Result {
    schema
        .create_table(
            table("follows")
                .col(references("follower_id", "users", OnDelete::Restrict))
                .col(references("followed_id", "users", OnDelete::Restrict)),
        )
        .await?;
    schema
        .create_index(index("follows", ["follower_id"]))
        .await?;
    schema.create_index(index("follows", ["followed_id"])).await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    schema.drop_table("follows").await
}
