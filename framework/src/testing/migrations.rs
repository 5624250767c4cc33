//! Can every migration be undone?

use super::boot;
use crate::{app::Hooks, db::Db, error::Result, migration};

/// Undoes all migrations of the application, newest first, and applies them again.
///
/// # Panics
///
/// When one of them fails; the message says which.
pub async fn undo_and_redo_migrations<H: Hooks>() {
    let app = boot::<H>().await;
    if let Err(error) = undo_and_redo::<H>(&app.ctx.config.database).await {
        panic!("{}", error.chain());
    }
}

async fn undo_and_redo<H: Hooks>(config: &crate::config::DatabaseConfig) -> Result<()> {
    let known = H::migrations();
    let connection = Db::dedicated(config)?;
    let undone = migration::down(&connection, &known, known.len()).await?;
    assert_eq!(undone.len(), known.len(), "every migration is undone");
    let redone = migration::up(&connection, &known, None).await?;
    assert_eq!(
        redone.len(),
        known.len(),
        "every migration is applied again"
    );
    // Closing a pool cannot fail in a way that anyone could act on.
    let _ = connection.close().await;
    Ok(())
}
