//! Every change of the database schema, oldest first.

use fw::migration::Migration;

mod m20261121_101500_create_authors;
mod m20261121_101501_create_posts;
mod m20261121_101502_add_subtitle_to_posts;
mod m20261121_101503_create_tags;
mod m20261121_101504_create_join_table_posts_tags;

/// The migrations in the order in which they are applied.
pub fn all() -> Vec<Migration> {
    vec![
        fw::migration!(m20261121_101500_create_authors),
        fw::migration!(m20261121_101501_create_posts),
        fw::migration!(m20261121_101502_add_subtitle_to_posts),
        fw::migration!(m20261121_101503_create_tags),
        fw::migration!(m20261121_101504_create_join_table_posts_tags),
    ]
}

#[cfg(test)]
mod tests {
    use fw_testing::undo_and_redo_migrations;

    use crate::app::App;

    #[tokio::test]
    async fn every_migration_can_be_undone() {
        undo_and_redo_migrations::<App>().await;
    }
}
