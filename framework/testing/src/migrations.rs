//! A check that every migration can be undone.

use futures_util::future::BoxFuture;
use fw::{
    app::Hooks, config::DatabaseConfig, db::Db, error::Result, migration::Migrator,
    test_support::Application,
};

use crate::app::boot_application;

/// Undoes all migrations of the application, newest first, and applies them again.
///
/// ```no_run
/// # struct App;
/// # impl fw::prelude::Hooks for App {
/// #     type Settings = ();
/// #     fn name() -> &'static str { "blog" }
/// #     fn routes() -> fw::prelude::Routes { fw::prelude::Routes::new() }
/// #     fn migrations() -> Vec<fw::prelude::Migration> { Vec::new() }
/// # }
/// # async fn test() {
/// fw_testing::undo_and_redo_migrations::<App>().await;
/// # }
/// ```
///
/// # Panics
///
/// When one of them fails; the message names it.
pub async fn undo_and_redo_migrations<H: Hooks>() {
    undo_and_redo_all(Application::of::<H>()).await;
}

/// Rolls all migrations back and applies them again. Boxed, as [`boot_application`].
fn undo_and_redo_all(app: Application) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let booted = boot_application(app).await;
        let config = &booted.ctx.config.database;
        if let Err(error) = undo_and_redo(config, &app.migrator()).await {
            panic!("{}", error.chain());
        }
    })
}

async fn undo_and_redo(config: &DatabaseConfig, migrator: &Migrator) -> Result<()> {
    let connection = Db::dedicated(config).await?;
    let count = migrator.own().len();
    let undone = migrator.down(&connection, count).await?;
    assert_eq!(undone.len(), count, "every migration is undone");
    let redone = migrator.up(&connection, None).await?;
    assert_eq!(redone.len(), count, "every migration is applied again");
    // Closing a pool cannot fail in a way that anyone could act on.
    let _ = connection.close().await;
    Ok(())
}
