//! Creates the `posts` table.
//!
//! Made by `cargo fw generate scaffold post title:string! slug:string^ content:text 'status:enum(draft,published)=draft' author:references? 'rating:decimal(3,2)'`.

use fw::migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("posts")
                    .col(string_len("title", 255))
                    .col(string_len("slug", 255))
                    .col(text_null("content"))
                    .col(string_len("status", 9).default("draft"))
                    .col(
                        big_integer_null("author_id")
                            .extra(r#"REFERENCES "authors" ("id") ON DELETE SET NULL"#),
                    )
                    .col(decimal_len_null("rating", 3, 2))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique_index("posts", ["slug"]))
            .await?;
        manager.create_index(index("posts", ["author_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(drop_table("posts")).await
    }
}
