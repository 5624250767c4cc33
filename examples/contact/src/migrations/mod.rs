//! Every change of the database schema, oldest first.

use fw::migration::Migration;

/// The migrations in the order in which they are applied.
pub fn all() -> Vec<Migration> {
    vec![]
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
