//! Connections to PostgreSQL for long work, without time limits.

use sea_orm::{DbErr, RuntimeErr};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, error::DatabaseError};

use crate::{
    backup::{BackupError, job::Job, manifest::Contents},
    db::{self, PgTarget, Target, quote},
};

/// The database to connect to when the application's database must not be in use. Every server has it.
const MAINTENANCE: &str = "postgres";

/// The address of the database, for messages.
pub(in crate::backup) fn address(target: &PgTarget) -> String {
    Target::Postgres(Box::new(target.clone())).address()
}

/// Converts an error of the server about a database, for `map_err`.
pub(super) fn failed(target: &PgTarget) -> impl Fn(sqlx::Error) -> BackupError {
    let (address, role) = (address(target), target.user.clone());
    move |source| match code(&source).as_deref() {
        // insufficient_privilege
        Some("42501") => BackupError::Rights {
            role: role.clone(),
            source,
        },
        _ => BackupError::Postgres {
            address: address.clone(),
            source,
        },
    }
}

/// The SQLSTATE of an error.
pub(super) fn code(error: &sqlx::Error) -> Option<String> {
    error
        .as_database_error()
        .and_then(DatabaseError::code)
        .map(Into::into)
}

/// Connects to the database, without any time limit.
pub(super) async fn connect(target: &PgTarget) -> Result<PgConnection, BackupError> {
    let options = target
        .options
        .clone()
        .application_name(env!("CARGO_PKG_NAME"))
        .disable_statement_logging();
    let connected = options.connect().await.map_err(|error| {
        let cause = DbErr::Conn(RuntimeErr::SqlxError(error.into()));
        db::explain(Target::Postgres(Box::new(target.clone())), &cause)
    });
    let mut connection = connected?;
    // Names that only newer servers know are just not found.
    let limits = "SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ('statement_timeout', \
                  'lock_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout')";
    execute(&mut connection, target, limits).await?;
    // `ANALYZE` warns about each system table that only a superuser may read.
    execute(&mut connection, target, "SET client_min_messages = error").await?;
    // An error is better than a count of only those rows that this role may see.
    execute(&mut connection, target, "SET row_security = off").await?;
    Ok(connection)
}

/// Connects to the maintenance database of the server, from which databases are created and renamed.
pub(super) async fn maintenance(target: &PgTarget) -> Result<PgConnection, BackupError> {
    connect(&named(target, MAINTENANCE)).await
}

/// Another database on the same server.
pub(super) fn named(target: &PgTarget, database: &str) -> PgTarget {
    let mut other = target.clone();
    database.clone_into(&mut other.database);
    other.options = other.options.database(database);
    other
}

/// Runs one statement.
pub(super) async fn execute(
    connection: &mut PgConnection,
    target: &PgTarget,
    sql: &str,
) -> Result<(), BackupError> {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await
        .map_err(failed(target))
        .map(drop)
}

/// The major version of the server.
pub(super) async fn major_version(
    connection: &mut PgConnection,
    target: &PgTarget,
) -> Result<u32, BackupError> {
    let number: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
        .fetch_one(connection)
        .await
        .map_err(failed(target))?;
    Ok(number.unsigned_abs() / 10_000)
}

/// Reads the contents of the database.
pub(super) async fn contents(
    connection: &mut PgConnection,
    target: &PgTarget,
    job: &Job,
) -> Result<Contents, BackupError> {
    // Tables of extensions are not part of a dump. Partitions have rows; the partitioned table itself has none.
    let tables: Vec<(String, String)> = sqlx::query_as(
        "SELECT n.nspname::text, c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' \
         AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
         AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')",
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(target))?;
    let mut contents = Contents::default();
    job.stage("counting rows", tables.len() as u64);
    for (schema, table) in tables {
        // `ONLY`: rows of tables that inherit from this one are counted there.
        let sql = format!(
            "SELECT count(*) FROM ONLY {}.{}",
            quote(&schema),
            quote(&table)
        );
        let rows: i64 = job
            .unless_interrupted(async {
                sqlx::query_scalar(AssertSqlSafe(sql))
                    .fetch_one(&mut *connection)
                    .await
                    .map_err(failed(target))
            })
            .await?;
        contents
            .tables
            .insert(format!("{schema}.{table}"), rows.unsigned_abs());
        job.advance(1)?;
    }
    let recorded: bool = sqlx::query_scalar("SELECT to_regclass('seaql_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await
        .map_err(failed(target))?;
    if recorded {
        // In the order of the bytes, as the names are sorted elsewhere.
        // As JSON, since databases of earlier versions do not have the column `additive`.
        let records: Vec<(String, bool)> = sqlx::query_as(
            "SELECT version::text, coalesce((to_jsonb(m) ->> 'additive')::boolean, false) FROM seaql_migrations m \
             ORDER BY version COLLATE \"C\"",
        )
        .fetch_all(connection)
        .await
        .map_err(failed(target))?;
        let additive = records.iter().filter(|(_, additive)| *additive);
        contents.additive = additive.map(|(name, _)| name.clone()).collect();
        contents.migrations = records.into_iter().map(|(name, _)| name).collect();
    }
    Ok(contents)
}

/// An SQL string literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
