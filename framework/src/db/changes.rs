//! News of what other processes have written, as far as the database tells it.

use super::Target;
#[cfg(feature = "postgres")]
use super::postgres::notifications;
#[cfg(feature = "sqlite")]
use super::sqlite::Commits;
use crate::config::DatabaseConfig;

/// Calls `changed` when another process has written something: on PostgreSQL when it notifies `channel`, on SQLite at each commit. It may be
/// called more often. `listening` is told whether news come. Returns if there will never be any, as from behind a pooler of transactions.
#[cfg_attr(
    not(feature = "postgres"),
    expect(unused_variables, reason = "SQLite has no channels")
)]
pub(crate) async fn watch(
    config: &DatabaseConfig,
    channel: &'static str,
    listening: impl Fn(bool),
    changed: impl Fn(),
) {
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
        Ok(Target::Postgres(target)) if !config.transaction_pooling => {
            notifications::watch(&target, config, channel, listening, changed).await;
        }
        _ => {}
    }
}
