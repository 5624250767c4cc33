//! Options of connections to PostgreSQL.

use futures_util::future::BoxFuture;
use sea_orm::{DatabaseConnection, DbErr, RuntimeErr, SqlxPostgresConnector};
use sqlx::{ConnectOptions, Connection, Postgres, pool::PoolOptions, postgres::PgConnectOptions};

use crate::{
    config::DatabaseConfig,
    db::{PgTarget, attempts},
};

/// A dedicated connection without statement timeout, for migrations.
///
/// It is tried out before there is a pool, as a pool would retry any error until `acquire_timeout` and then hide the cause.
pub(in crate::db) fn dedicated(
    target: &PgTarget,
    config: &DatabaseConfig,
) -> BoxFuture<'static, Result<DatabaseConnection, DbErr>> {
    let options = options(target, config);
    let (wait, limit) = (config.connect_wait, config.acquire_timeout);
    Box::pin(async move {
        let try_out = || async { options.connect().await?.close().await };
        attempts::connect(wait, limit, try_out)
            .await
            .map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))?;
        let pool = PoolOptions::<Postgres>::new()
            .max_connections(1)
            // Its session holds the lock of migrations, however long they take.
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(limit)
            .connect_lazy_with(options.clone());
        Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
    })
}

/// The options of every connection.
pub(super) fn options(target: &PgTarget, config: &DatabaseConfig) -> PgConnectOptions {
    let mut options = match target.options.get_application_name() {
        Some(_) => target.options.clone(),
        None => target
            .options
            .clone()
            .application_name(env!("CARGO_PKG_NAME")),
    };
    if config.transaction_pooling {
        // A pooler refuses settings of a connection that it does not know, and its connections do not keep named statements.
        options = options.extra_float_digits(None).statement_cache_capacity(0);
    }
    options
        .log_statements(log::LevelFilter::Trace)
        .log_slow_statements(log::LevelFilter::Warn, config.slow_query)
}
