//! PostgreSQL behind [`Db`](super::Db): a connection pool.

use std::time::Duration;

use sea_orm::{DatabaseConnection, SqlxPostgresConnector};
use sqlx::{ConnectOptions, Postgres, pool::PoolOptions, postgres::PgConnectOptions};

use super::PgTarget;
use crate::config::DatabaseConfig;

/// A connection that has been idle for this long is asked whether it is still alive before it is used.
const PING_AFTER_IDLE: Duration = Duration::from_secs(5);

/// The pool that serves requests. Connections are opened when they are needed.
pub(super) fn pool(target: &PgTarget, config: &DatabaseConfig) -> DatabaseConnection {
    let pool = PoolOptions::<Postgres>::new()
        .min_connections(config.min_connections)
        .max_connections(config.max_connections)
        .acquire_timeout(config.acquire_timeout)
        .idle_timeout(config.idle_timeout)
        .max_lifetime(config.max_lifetime)
        .test_before_acquire(false)
        .before_acquire(|connection, metadata| {
            Box::pin(async move {
                use sqlx::Connection;
                Ok(metadata.idle_for < PING_AFTER_IDLE || connection.ping().await.is_ok())
            })
        })
        // A transaction whose end was lost (its owner was dropped at the wrong moment) must not swallow the writes of the next.
        .after_release(|connection, _| {
            Box::pin(async move {
                use sqlx::Connection;
                Ok(!connection.is_in_transaction())
            })
        })
        // The server cancels the statement itself, whatever becomes of the client.
        .connect_lazy_with(options(target, config).options([(
            "statement_timeout",
            config.statement_timeout.as_millis().to_string(),
        )]));
    SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
}

/// A connection of its own, without statement timeout, for migrations.
pub(super) fn dedicated(target: &PgTarget, config: &DatabaseConfig) -> DatabaseConnection {
    let pool = PoolOptions::<Postgres>::new()
        .max_connections(1)
        .acquire_timeout(config.acquire_timeout)
        .connect_lazy_with(options(target, config));
    SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
}

fn options(target: &PgTarget, config: &DatabaseConfig) -> PgConnectOptions {
    target
        .options
        .clone()
        .application_name(env!("CARGO_PKG_NAME"))
        .log_statements(log::LevelFilter::Trace)
        .log_slow_statements(log::LevelFilter::Warn, config.slow_query)
}
