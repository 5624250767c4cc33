//! The explanation of a right that the role of a migration lacks.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::MigrationError;
use crate::db;

/// The result of a migration, whose error names the right that was missing.
pub(super) async fn explained<T, C: ConnectionTrait>(
    db: &C,
    result: Result<T, MigrationError>,
) -> Result<T, MigrationError> {
    match result {
        Err(MigrationError::Failed { name, source }) if lacks_right(&source) => {
            match explain(db, source).await {
                MigrationError::Rights { role, reason, hint } => Err(MigrationError::Rights {
                    role,
                    reason: format!("migration `{name}`: {reason}"),
                    hint,
                }),
                other => Err(other),
            }
        }
        other => other,
    }
}

/// The error of a statement: one of its own if a right was missing.
pub(super) async fn explain<C: ConnectionTrait>(db: &C, error: DbErr) -> MigrationError {
    if !lacks_right(&error) {
        return error.into();
    }
    let names = Statement::from_string(
        DbBackend::Postgres,
        "SELECT current_user::text, coalesce(quote_ident(current_schema()), 'public')",
    );
    let names = match db.query_one_raw(names).await {
        Ok(Some(row)) => row
            .try_get_by_index::<String>(0)
            .and_then(|role| Ok((role, row.try_get_by_index::<String>(1)?))),
        _ => return error.into(),
    };
    let Ok((role, schema)) = names else {
        return error.into();
    };
    let reason = db::reason(&error);
    let quoted = db::quote(&role);
    let hint = if reason.contains("permission denied for table") {
        format!(
            "the owner of the tables gives the right with `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {quoted}`"
        )
    } else if reason.contains("permission denied for schema") {
        format!(
            "the owner of the schema gives the right with `GRANT USAGE, CREATE ON SCHEMA {schema} TO {quoted}`; better let a role of its own migrate, which owns the tables, and set `DATABASE_URL` to it for `db migrate`"
        )
    } else {
        "run this with `DATABASE_URL` of the role that owns the tables".to_owned()
    };
    MigrationError::Rights { role, reason, hint }
}

/// True for the PostgreSQL error `insufficient_privilege`.
fn lacks_right(error: &DbErr) -> bool {
    db::code(error).as_deref() == Some("42501")
}
