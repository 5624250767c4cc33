//! Notifications of PostgreSQL (`LISTEN`).

use std::time::Duration;

use sqlx::{
    Error, Postgres,
    pool::PoolOptions,
    postgres::{PgListener, PgPool},
};
use tokio::time::sleep;

use super::options::options;
use crate::{config::DatabaseConfig, db::PgTarget};

/// The wait before a lost connection is opened again.
const RECONNECT: Duration = Duration::from_secs(2);

/// Listens to a channel on a connection of its own, and calls `changed` at each notification. A lost connection is opened again; `listening` is
/// told.
pub(in crate::db) async fn watch(
    target: &PgTarget,
    config: &DatabaseConfig,
    channel: &str,
    listening: impl Fn(bool),
    changed: impl Fn(),
) {
    loop {
        match listen(target, config, channel).await {
            Ok(mut listener) => {
                listening(true);
                // What was written before is not told.
                changed();
                while let Ok(Some(_)) = listener.try_recv().await {
                    changed();
                }
                listening(false);
                // Nor is what was written while the connection was lost.
                changed();
            }
            Err(error) => tracing::debug!(%error, channel, "cannot listen to notifications"),
        }
        sleep(RECONNECT).await;
    }
}

async fn listen(
    target: &PgTarget,
    config: &DatabaseConfig,
    channel: &str,
) -> Result<PgListener, Error> {
    let pool: PgPool = PoolOptions::<Postgres>::new()
        .max_connections(1)
        .acquire_timeout(config.acquire_timeout)
        .connect_lazy_with(options(target, config));
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(channel).await?;
    Ok(listener)
}
