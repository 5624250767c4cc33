//! Notifications of PostgreSQL (`LISTEN`).

use sqlx::{
    Error, Postgres,
    pool::PoolOptions,
    postgres::{PgListener, PgPool},
};

use super::options::options;
use crate::{config::DatabaseConfig, db::PgTarget};

/// A connection of its own that hears notifications.
pub(in crate::db) struct Notifications {
    listener: PgListener,
}

impl Notifications {
    /// Listens to a channel.
    pub(in crate::db) async fn of(
        target: &PgTarget,
        config: &DatabaseConfig,
        channel: &str,
    ) -> Result<Self, Error> {
        let pool: PgPool = PoolOptions::<Postgres>::new()
            .max_connections(1)
            .acquire_timeout(config.acquire_timeout)
            .connect_lazy_with(options(target, config));
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(channel).await?;
        Ok(Self { listener })
    }

    /// Waits for the next notification; `None` if the connection was lost.
    pub(in crate::db) async fn next(&mut self) -> Option<()> {
        self.listener.try_recv().await.ok().flatten().map(drop)
    }
}
