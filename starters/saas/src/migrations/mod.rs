//! Every change of the database schema, oldest first.

use fw::migration::Migration;

mod m20261201_090000_create_users;

/// The migrations in the order in which they are applied.
pub fn all() -> Vec<Migration> {
    vec![fw::migration!(m20261201_090000_create_users)]
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
