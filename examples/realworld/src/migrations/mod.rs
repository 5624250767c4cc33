//! Every change of the database schema, oldest first.

use fw::migration::Migration;

mod m20261201_090000_create_users;
mod m20261201_090001_create_articles;
mod m20261201_090002_create_tags;
mod m20261201_090003_create_comments;
mod m20261201_090004_create_favorites;
mod m20261201_090005_create_follows;
mod m20261201_090006_add_unique_index_to_tags;
mod m20261201_090007_add_unique_index_to_favorites;
mod m20261201_090008_add_unique_index_to_follows;

/// The migrations in the order in which they are applied.
pub fn all() -> Vec<Migration> {
    vec![
        fw::migration!(m20261201_090000_create_users),
        fw::migration!(m20261201_090001_create_articles),
        fw::migration!(m20261201_090002_create_tags),
        fw::migration!(m20261201_090003_create_comments),
        fw::migration!(m20261201_090004_create_favorites),
        fw::migration!(m20261201_090005_create_follows),
        fw::migration!(m20261201_090006_add_unique_index_to_tags),
        fw::migration!(m20261201_090007_add_unique_index_to_favorites),
        fw::migration!(m20261201_090008_add_unique_index_to_follows),
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
