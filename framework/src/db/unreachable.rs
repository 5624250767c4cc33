//! The error of a database that cannot be used, by what its server says.

use sea_orm::{DbErr, RuntimeErr};

#[cfg(feature = "postgres")]
use super::identifier::quote;
use super::{DbError, Target};
use crate::config::DatabaseConfig;

/// The error for the database of the configuration, which cannot be reached because of `source`.
pub(super) fn unreachable(config: &DatabaseConfig, source: &DbErr) -> DbError {
    match Target::parse(config.url.expose()) {
        Ok(target) => explain(target, source),
        Err(error) => error,
    }
}

/// The error for a database that cannot be reached because of `source`.
pub(crate) fn explain(target: Target, source: &DbErr) -> DbError {
    let address = target.address();
    let reason = reason(source);
    match (target, code(source).as_deref()) {
        // invalid_catalog_name
        #[cfg(feature = "postgres")]
        (Target::Postgres(_), Some("3D000")) => DbError::Missing { address },
        // invalid_authorization_specification, invalid_password
        #[cfg(feature = "postgres")]
        (Target::Postgres(target), Some("28000" | "28P01")) => DbError::Login {
            address,
            role: target.user,
            reason,
        },
        // insufficient_privilege
        #[cfg(feature = "postgres")]
        (Target::Postgres(target), Some("42501")) => DbError::Rights {
            grant: format!(
                "GRANT CONNECT ON DATABASE {} TO {}",
                quote(&target.database),
                quote(&target.user)
            ),
            address,
            role: target.user,
            reason,
        },
        // protocol_violation, in the words of PgBouncer
        #[cfg(feature = "postgres")]
        (Target::Postgres(_), Some("08P01")) if reason.contains("startup parameter") => {
            DbError::Pooler { address, reason }
        }
        // too_many_connections
        #[cfg(feature = "postgres")]
        (Target::Postgres(_), Some("53300")) => DbError::Full { address, reason },
        _ if is_handshake(source) => DbError::Handshake { address, reason },
        _ => DbError::Unreachable { address, reason },
    }
}

/// Returns true for an error of TLS.
fn is_handshake(error: &DbErr) -> bool {
    match cause(error) {
        Some(sqlx::Error::Tls(_)) => true,
        // The library of TLS reports so what it refuses.
        Some(sqlx::Error::Io(error)) => error.kind() == std::io::ErrorKind::InvalidData,
        _ => false,
    }
}

/// The SQLSTATE of an error of the server.
pub(crate) fn code(error: &DbErr) -> Option<String> {
    let code = cause(error)?.as_database_error()?.code()?;
    Some(code.into_owned())
}

/// The message of an error without the layers that it has passed.
pub(crate) fn reason(error: &DbErr) -> String {
    match cause(error) {
        Some(sqlx::Error::Database(error)) => error.message().to_owned(),
        Some(sqlx::Error::Io(error)) => error.to_string(),
        Some(sqlx::Error::Tls(error)) => error.to_string(),
        Some(error) => error.to_string(),
        None => error.to_string(),
    }
}

fn cause(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => Some(cause.as_ref()),
        _ => None,
    }
}
