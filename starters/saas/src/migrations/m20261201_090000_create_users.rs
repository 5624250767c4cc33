//! Creates the `users` table, and those of their sessions and tokens.
//!
//! Made by `cargo fw generate auth`.

use fw::{
    auth::tables::{self, AccountType},
    migration::prelude::*,
};

pub async fn up(schema: &Schema<'_>) -> Result {
    schema
        .create_table(
            table("users")
                .col(string_len("email", 254))
                .col(string_len("email_key", 254).unique_key())
                .col(string_len("name", 100))
                .col(text_null("password_hash"))
                .col(boolean("is_suspended").default(false)),
        )
        .await?;
    tables::create(schema, "users", AccountType::Number).await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    tables::drop(schema).await?;
    schema.drop_table("users").await
}
