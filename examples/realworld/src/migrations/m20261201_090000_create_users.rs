//! Creates the `users` table.
//!
//! Made by `cargo fw generate scaffold user username:string^ email:string^ password_hash:string! bio:text image:text --only=show,create,update`.

use fw::{
    auth::tables::{self, AccountType},
    migration::prelude::*,
};

pub async fn up(schema: &Schema<'_>) -> Result {
    schema
        .create_table(
            table("users")
                .col(string_len("username", 255))
                .col(string_len("email", 255))
                .col(string_len("password_hash", 255))
                .col(text_null("bio"))
                .col(text_null("image")),
        )
        .await?;
    schema
        .create_index(unique_index("users", ["username"]))
        .await?;
    schema
        .create_index(unique_index("users", ["email"]))
        .await?;
    schema.create_index(index("users", ["created_at"])).await?;
    tables::create(schema, "users", AccountType::Number).await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    tables::drop(schema).await?;
    schema.drop_table("users").await
}
