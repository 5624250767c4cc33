//! News of what other processes have written, as far as the database tells it.

use std::time::Duration;

use tokio::time::sleep;

use super::Target;
#[cfg(feature = "postgres")]
use super::postgres::Notifications;
#[cfg(feature = "sqlite")]
use super::sqlite::Commits;
use crate::config::DatabaseConfig;

/// The wait before a lost connection is opened again.
const RECONNECT: Duration = Duration::from_secs(2);

/// Calls `changed` when another process has written something: on PostgreSQL when it notifies `channel`, on SQLite at each commit. It may be
/// called more often. `listening` is told whether news come. Returns if there will never be any, as from behind a pooler of transactions.
pub(crate) async fn watch(
    config: &DatabaseConfig,
    channel: &'static str,
    listening: impl Fn(bool),
    changed: impl Fn(),
) {
    let _ = channel;
    match Target::parse(config.url.expose()) {
        #[cfg(feature = "sqlite")]
        Ok(Target::Sqlite { path: Some(path) }) => {
            let mut commits = Commits::of(path);
            listening(true);
            while commits.next().await.is_some() {
                changed();
            }
            listening(false);
        }
        #[cfg(feature = "postgres")]
        Ok(Target::Postgres(target)) if !config.transaction_pooling => loop {
            match Notifications::of(&target, config, channel).await {
                Ok(mut notifications) => {
                    listening(true);
                    // What was written before is not told.
                    changed();
                    while notifications.next().await.is_some() {
                        changed();
                    }
                    listening(false);
                }
                Err(error) => {
                    tracing::debug!(%error, channel, "cannot listen to notifications");
                }
            }
            sleep(RECONNECT).await;
        },
        _ => {}
    }
}
