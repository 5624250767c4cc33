//! Options of connections to PostgreSQL.

use sea_orm::{DatabaseConnection, SqlxPostgresConnector};
use sqlx::{ConnectOptions, Postgres, pool::PoolOptions, postgres::PgConnectOptions};

use crate::{config::DatabaseConfig, db::PgTarget};

/// A dedicated connection without statement timeout, for migrations.
pub(in crate::db) fn dedicated(target: &PgTarget, config: &DatabaseConfig) -> DatabaseConnection {
    let pool = PoolOptions::<Postgres>::new()
        .max_connections(1)
        .acquire_timeout(config.acquire_timeout)
        .connect_lazy_with(options(target, config));
    SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
}

/// The options of every connection.
pub(super) fn options(target: &PgTarget, config: &DatabaseConfig) -> PgConnectOptions {
    let options = match target.options.get_application_name() {
        Some(_) => target.options.clone(),
        None => target
            .options
            .clone()
            .application_name(env!("CARGO_PKG_NAME")),
    };
    options
        .log_statements(log::LevelFilter::Trace)
        .log_slow_statements(log::LevelFilter::Warn, config.slow_query)
}
