//! Creates the `tags` table.
//!
//! Made by `cargo fw generate model tag name:string^`.

use fw::migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(table("tags").col(string_len("name", 255)).to_owned())
            .await?;
        manager.create_index(unique_index("tags", ["name"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(drop_table("tags")).await
    }
}
