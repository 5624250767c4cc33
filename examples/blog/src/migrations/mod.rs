//! Every change of the database schema, oldest first.

use fw::migration::MigrationTrait;

mod m20261121_101500_create_authors;
mod m20261121_101501_create_posts;
mod m20261121_101502_add_subtitle_to_posts;
mod m20261121_101503_create_tags;
mod m20261121_101504_create_join_table_posts_tags;

/// The migrations in the order in which they are applied.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m20261121_101500_create_authors::Migration),
        Box::new(m20261121_101501_create_posts::Migration),
        Box::new(m20261121_101502_add_subtitle_to_posts::Migration),
        Box::new(m20261121_101503_create_tags::Migration),
        Box::new(m20261121_101504_create_join_table_posts_tags::Migration),
    ]
}

#[cfg(test)]
mod tests {
    use fw::testing::undo_and_redo_migrations;

    use crate::app::App;

    #[tokio::test]
    async fn every_migration_can_be_undone() {
        undo_and_redo_migrations::<App>().await;
    }
}
