//! Creates the tables of the accounts under test.

use fw::{
    auth::tables::{self, AccountType},
    migration::prelude::*,
};

pub async fn up(schema: &Schema<'_>) -> Result {
    let users = Table::create()
        .table("users")
        .col(big_pk_auto("id"))
        .col(string_len("name", 80).unique_key())
        .col(text_null("password_hash"))
        .col(boolean("is_suspended").default(false))
        .col(boolean("needs_second_factor").default(false))
        .col(text("permissions").default(""))
        .to_owned();
    schema.create_table(users).await?;
    let notes = Table::create()
        .table("notes")
        .col(big_pk_auto("id"))
        .col(text("text"))
        .col(references("user_id", "users", OnDelete::Cascade))
        .to_owned();
    schema.create_table(notes).await?;
    tables::create(schema, "users", AccountType::Number).await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    tables::drop(schema).await?;
    schema.drop_table("notes").await?;
    schema.drop_table("users").await
}
