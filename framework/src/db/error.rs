//! The errors of the database, and the error responses that they become.

use http::StatusCode;
use sea_orm::{DbErr, RuntimeErr};
use sqlx::error::ErrorKind;

use crate::{
    config::InvalidUrl,
    error::{Error, FieldError},
};

/// An error of a database that cannot be used at all. Those of single statements are SeaORM's `DbErr`.
///
/// ```
/// use fw::db::{DbError, Target};
///
/// let error = Target::parse("mysql://localhost/blog").unwrap_err();
/// assert!(matches!(&error, DbError::Scheme { scheme } if scheme == "mysql"));
/// assert!(error.to_string().contains("hint: use `sqlite://data/app.db`"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DbError {
    /// `database.url` has a scheme of a database that Framewright does not support.
    #[error(
        "`database.url` has the unknown scheme `{scheme}`\nhint: use `sqlite://data/app.db` or `postgres://user:password@host:5432/app`"
    )]
    Scheme {
        /// The part before the first colon.
        scheme: String,
    },
    /// `database.url` cannot be read.
    #[error("`database.url` cannot be used: {reason}")]
    Url {
        /// The reason.
        reason: String,
    },
    /// `database.url` needs a Cargo feature that is not compiled in.
    #[error(
        "`database.url` needs the feature `{feature}`, which this application is built without\nhint: add `{feature}` to the features of `framewright` in `Cargo.toml`"
    )]
    Feature {
        /// The Cargo feature of `framewright`.
        feature: &'static str,
    },
    /// `database.url` or `PGSSLMODE` asks for an encrypted connection, which is not compiled in.
    #[error(
        "an encrypted connection is asked for (`sslmode`, `sslrootcert` and the like in `database.url`, or `PGSSLMODE`), and this application is built without TLS\nhint: add `postgres-tls` to the features of `framewright` in `Cargo.toml`; write `sslmode=disable` only if the network is trusted"
    )]
    Tls,
    /// An encrypted connection cannot be made.
    #[error(
        "there is no encrypted connection to the server of `{address}`: {reason}\nhint: `sslrootcert` in `database.url` names the file with the certificate of the server's authority; `sslmode=verify-full` needs the host by a name that is in the server's certificate"
    )]
    Handshake {
        /// The address of the database, without a password.
        address: String,
        /// The cause.
        reason: String,
    },
    /// A database in memory belongs to one connection and cannot be migrated from another.
    #[error(
        "a database in memory cannot be migrated\nhint: use a file, as in `sqlite://data/app.db`"
    )]
    InMemory,
    /// The database server is running, but has no such database; or the database file does not exist.
    #[error(
        "the database `{address}` does not exist\nhint: create it with `{}`",
        crate::env::command("db create")
    )]
    Missing {
        /// The address of the database, without a password.
        address: String,
    },
    /// The database cannot be reached.
    #[error(
        "the database at `{address}` cannot be reached: {reason}\nhint: check that it runs and that `database.url` (or `DATABASE_URL`) is right"
    )]
    Unreachable {
        /// The address of the database, without a password.
        address: String,
        /// The cause in the words of the server or the system.
        reason: String,
    },
    /// The server refuses the role or its password.
    #[error(
        "the server of `{address}` does not let the role `{role}` in: {reason}\nhint: check the role and its password in `database.url` (or `DATABASE_URL`), and `pg_hba.conf` of the server"
    )]
    Login {
        /// The address of the database, without a password.
        address: String,
        /// The role.
        role: String,
        /// The cause in the words of the server.
        reason: String,
    },
    /// The server has no free connection.
    #[error(
        "the server of `{address}` has no free connection: {reason}\nhint: lower `database.max_connections` here or in other applications, or raise `max_connections` of the server"
    )]
    Full {
        /// The address of the database, without a password.
        address: String,
        /// The cause in the words of the server.
        reason: String,
    },
    /// The role lacks a right.
    #[error(
        "the role `{role}` lacks a right on `{address}`: {reason}\nhint: a role that has it gives it with `{grant}`"
    )]
    Rights {
        /// The address of the database, without a password.
        address: String,
        /// The role.
        role: String,
        /// The cause in the words of the server.
        reason: String,
        /// The statement that gives the right.
        grant: String,
    },
    /// A pooler refuses the settings of a connection.
    #[error(
        "there is a pooler at `{address}`: {reason}\nhint: if it gives each transaction another connection of the server, as PgBouncer does with `pool_mode = transaction`, set `database.transaction_pooling = true`"
    )]
    Pooler {
        /// The address of the database, without a password.
        address: String,
        /// The cause in the words of the pooler.
        reason: String,
    },
    /// Work that needs a connection of its own is asked of a pooler of transactions.
    #[error(
        "this needs a connection to the server itself, and `database.transaction_pooling` says that there is a pooler\nhint: run it with `DATABASE_URL` of the server and `FW_DATABASE__TRANSACTION_POOLING=false`"
    )]
    Pooled,
    /// A folder or file of an SQLite database cannot be created or removed.
    #[error("`{path}`: {source}")]
    File {
        /// The file or folder.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// A statement that manages databases has failed.
    #[error("the database `{address}` cannot be managed: {source}")]
    Admin {
        /// The address of the database.
        address: String,
        /// The cause.
        source: DbErr,
    },
}

#[cfg(feature = "postgres")]
impl DbError {
    /// The error of a `database.url` that cannot be used.
    pub(super) fn url(reason: impl Into<String>) -> Self {
        Self::Url {
            reason: reason.into(),
        }
    }
}

impl From<InvalidUrl> for DbError {
    fn from(error: InvalidUrl) -> Self {
        match error {
            InvalidUrl::Scheme(scheme) => Self::Scheme { scheme },
            InvalidUrl::Refused { reason, hint } => Self::Url {
                reason: format!("{reason}\nhint: {hint}"),
            },
        }
    }
}

impl From<DbError> for Error {
    #[track_caller]
    fn from(error: DbError) -> Self {
        Self::internal(error)
    }
}

/// The error response of a database error: record not found 404; unique constraint 409 and foreign key 409 or 422, both naming
/// the field; value out of range 422; no free connection, no database, statement timeout, read-only server 503; anything else 500.
impl From<DbErr> for Error {
    #[track_caller]
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::RecordNotFound(_) | DbErr::RecordNotUpdated => Self::not_found(),
            DbErr::ConnectionAcquire(_) => Self::unavailable(1)
                .detail("the service is busy, please try again")
                .source(error),
            DbErr::Conn(_) => unreachable().source(error),
            DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => match client_error(cause) {
                Some(client_error) => client_error.source(error),
                None => Self::internal(error),
            },
            _ => Self::internal(error),
        }
    }
}

impl<E: Into<Error> + std::fmt::Display + std::fmt::Debug> From<sea_orm::TransactionError<E>>
    for Error
{
    fn from(error: sea_orm::TransactionError<E>) -> Self {
        match error {
            sea_orm::TransactionError::Connection(error) => error.into(),
            sea_orm::TransactionError::Transaction(error) => error.into(),
        }
    }
}

fn unreachable() -> Error {
    Error::unavailable(1).detail("the database cannot be reached, please try again")
}

/// The error response for an error of the driver; `None` if it is simply an internal error.
fn client_error(error: &sqlx::Error) -> Option<Error> {
    let error = match error {
        sqlx::Error::Database(error) => error.as_ref(),
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => {
            return Some(unreachable());
        }
        _ => return None,
    };
    match error.kind() {
        ErrorKind::UniqueViolation => {
            let fields = unique_columns(error)
                .into_iter()
                .map(|column| {
                    FieldError::new(format!("/{column}"), "not_unique", "is taken already")
                })
                .collect();
            return Some(
                Error::conflict()
                    .detail("another record has the same value")
                    .fields(fields),
            );
        }
        ErrorKind::ForeignKeyViolation => return Some(foreign_key(error)),
        ErrorKind::CheckViolation | ErrorKind::NotNullViolation => {
            return Some(
                Error::validation(Vec::new()).detail("the database does not accept this value"),
            );
        }
        _ => {}
    }
    match error.code().as_deref() {
        // PostgreSQL restrict_violation: the code of `ON DELETE RESTRICT` from version 18 on.
        Some("23001") => Some(foreign_key(error)),
        // PostgreSQL query_canceled; SQLite SQLITE_INTERRUPT.
        Some("57014" | "9") => Some(Error::unavailable(1).detail("the database took too long")),
        // PostgreSQL read_only_sql_transaction: a standby, or a server that was made read-only.
        Some("25006") => Some(
            Error::unavailable(5)
                .detail("the database accepts no changes at the moment, please try again"),
        ),
        // PostgreSQL: shut down, starting up, too many connections, serialization failure, deadlock. SQLite: busy, locked.
        Some(
            "57P01" | "57P02" | "57P03" | "53300" | "40001" | "40P01" | "5" | "6" | "261" | "517",
        ) => Some(Error::unavailable(1).detail("the database is busy, please try again")),
        // SQLite SQLITE_FULL; PostgreSQL disk_full.
        Some("13" | "53100") => {
            Some(Error::unavailable(60).detail("the database has no space left"))
        }
        // PostgreSQL class 22, "data exception"; SQLite SQLITE_TOOBIG.
        Some(code) if (code.len() == 5 && code.starts_with("22")) || code == "18" => Some(
            Error::from_status(StatusCode::UNPROCESSABLE_ENTITY)
                .detail("the database does not accept this value"),
        ),
        _ => None,
    }
}

/// The columns of a unique constraint violation: SQLite names them in its message, PostgreSQL in the detail.
fn unique_columns(error: &dyn sqlx::error::DatabaseError) -> Vec<String> {
    if let Some(columns) = error.message().strip_prefix("UNIQUE constraint failed: ") {
        return columns
            .split(", ")
            .filter_map(|name| Some(name.split('.').next_back()?.to_owned()))
            .collect();
    }
    key_columns(error)
}

#[cfg(feature = "postgres")]
fn key_columns(error: &dyn sqlx::error::DatabaseError) -> Vec<String> {
    // `Key (a, b)=(1, 2) already exists.`
    error
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .and_then(|error| error.detail()?.strip_prefix("Key (")?.split_once(")=("))
        .map(|(columns, _)| {
            columns
                .split(", ")
                .map(|name| name.trim_matches('"').to_owned())
                .collect()
        })
        .unwrap_or_default()
}

#[cfg(not(feature = "postgres"))]
fn key_columns(_: &dyn sqlx::error::DatabaseError) -> Vec<String> {
    Vec::new()
}

/// The error of a field that refers to a row which does not exist, or not for the caller.
pub(crate) fn missing_record(column: &str) -> FieldError {
    FieldError::new(
        format!("/{column}"),
        "not_found",
        "refers to a record that does not exist",
    )
}

fn foreign_key(error: &dyn sqlx::error::DatabaseError) -> Error {
    let dangling = |columns: Vec<String>| {
        Error::validation(
            columns
                .into_iter()
                .map(|column| missing_record(&column))
                .collect(),
        )
    };
    let referenced = || Error::conflict().detail("other records still refer to this one");

    #[cfg(feature = "sqlite")]
    if let Some(violation) = error.try_downcast_ref::<super::sqlite::ForeignKeyViolation>() {
        return match &violation.column {
            Some(column) => dangling(vec![column.clone()]),
            None => referenced(),
        };
    }
    #[cfg(feature = "postgres")]
    if let Some(detail) = error
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .and_then(|error| error.detail())
    {
        return if detail.contains("is not present in table") {
            dangling(key_columns(error))
        } else {
            referenced()
        };
    }
    let _ = dangling;
    Error::conflict()
        .detail("a record that this one needs does not exist, or another still refers to it")
}
