//! Adds `subtitle` to the `posts` table.
//!
//! Made by `cargo fw generate migration add_subtitle_to_posts 'subtitle:string(120)'`.

use fw::migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("posts")
                    .add_column(string_len_null("subtitle", 120))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("posts")
                    .drop_column("subtitle")
                    .to_owned(),
            )
            .await
    }
}
