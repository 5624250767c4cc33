//! News of what other processes have written, as far as the database tells it.

use super::Target;
#[cfg(feature = "postgres")]
use super::postgres::notifications;
#[cfg(feature = "sqlite")]
use super::sqlite::Commits;
use crate::config::DatabaseConfig;

/// The way in which a database tells news of other processes.
#[cfg_attr(
    not(all(feature = "postgres", feature = "sqlite")),
    expect(dead_code, reason = "each is for one of the databases")
)]
pub(crate) struct News {
    /// PostgreSQL: the channel on which they notify each other.
    pub(crate) channel: &'static str,
    /// SQLite: a query that is asked after each commit. There are news if its first column is true, or if its second one has
    /// changed.
    pub(crate) query: &'static str,
}

/// Calls `changed` when there are news of other processes. It may be called more often. `listening` is told whether news come. Returns if
/// there will never be any, as from behind a pooler of transactions.
pub(crate) async fn watch(
    config: &DatabaseConfig,
    news: &News,
    listening: impl Fn(bool),
    changed: impl Fn(),
) {
    match Target::parse(config.url.expose()) {
        #[cfg(feature = "sqlite")]
        Ok(Target::Sqlite { path: Some(path) }) => {
            let mut commits = Commits::of(path, news.query);
            listening(true);
            while commits.next().await.is_some() {
                changed();
            }
            listening(false);
        }
        #[cfg(feature = "postgres")]
        Ok(Target::Postgres(target)) if !config.transaction_pooling => {
            notifications::watch(&target, config, news.channel, listening, changed).await;
        }
        _ => {}
    }
}
