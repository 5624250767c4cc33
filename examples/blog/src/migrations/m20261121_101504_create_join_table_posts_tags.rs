//! Creates the `posts_tags` table, which joins `posts` and `tags`.
//!
//! Made by `cargo fw generate migration create_join_table_posts_tags`.

use fw::migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("posts_tags")
                    .col(
                        big_integer("post_id")
                            .extra(r#"REFERENCES "posts" ("id") ON DELETE CASCADE"#),
                    )
                    .col(
                        big_integer("tag_id")
                            .extra(r#"REFERENCES "tags" ("id") ON DELETE CASCADE"#),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index("posts_tags", ["post_id"]))
            .await?;
        manager
            .create_index(index("posts_tags", ["tag_id"]))
            .await?;
        manager
            .create_index(unique_index("posts_tags", ["post_id", "tag_id"]))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(drop_table("posts_tags")).await
    }
}
