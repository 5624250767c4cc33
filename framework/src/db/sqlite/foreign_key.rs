//! Foreign key violations of SQLite, with the column at fault.
//!
//! PostgreSQL names the column; SQLite says `FOREIGN KEY constraint failed` and nothing else. A client needs to know
//! which of its fields is at fault, so after such a failure (and only then) the references are looked up.

use std::{borrow::Cow, error::Error as StdError, fmt};

use sea_orm::{DbErr, RuntimeErr, Statement, Value, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::{
    AssertSqlSafe, Row, SqliteConnection,
    error::{DatabaseError, ErrorKind},
};

const MESSAGE: &str = "FOREIGN KEY constraint failed";

/// A foreign key violation, with the column that SQLite does not name.
#[derive(Debug)]
pub(in crate::db) struct ForeignKeyViolation {
    /// The column that refers to a row that does not exist; `None` if other rows still refer to the row to be deleted.
    pub(in crate::db) column: Option<String>,
}

/// Turns SQLite's bare foreign key error into a [`ForeignKeyViolation`]; leaves every other error as it is.
pub(super) async fn explain(
    connection: &mut SqliteConnection,
    statement: &Statement,
    error: DbErr,
) -> DbErr {
    if !is_foreign_key(&error) {
        return error;
    }
    let column = match Assignments::parse(&statement.sql) {
        Some(assignments) => match assignments.dangling(connection, statement).await {
            Ok(Some(column)) => Some(column),
            // The error itself matters more; it is returned without the column.
            Ok(None) | Err(_) => return error,
        },
        None => None,
    };
    let violation = sqlx::Error::Database(Box::new(ForeignKeyViolation { column }));
    DbErr::Exec(RuntimeErr::SqlxError(violation.into()))
}

/// True for a foreign key violation, which SQLite reports as `SQLITE_CONSTRAINT_FOREIGNKEY` (787), or as
/// `SQLITE_CONSTRAINT_TRIGGER` (1811) if the key has `ON DELETE RESTRICT`.
fn is_foreign_key(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) =
        error
    else {
        return false;
    };
    cause.as_database_error().is_some_and(|error| {
        matches!(error.code().as_deref(), Some("787" | "1811")) && error.message() == MESSAGE
    })
}

/// The table of an `INSERT` or `UPDATE` and its columns in the order of their parameters.
struct Assignments<'a> {
    table: &'a str,
    columns: Vec<&'a str>,
}

impl<'a> Assignments<'a> {
    /// Parses the statements that SeaQuery generates: `INSERT INTO "t" ("a", "b") VALUES (?, ?)` and
    /// `UPDATE "t" SET "a" = ?, "b" = ? WHERE …`.
    fn parse(sql: &'a str) -> Option<Self> {
        let (rest, end) = if let Some(rest) = sql.strip_prefix("INSERT INTO ") {
            (rest, " VALUES ")
        } else {
            (sql.strip_prefix("UPDATE ")?, " WHERE ")
        };
        let assigned = rest.split(end).next()?;
        let mut quoted = assigned.split('"').skip(1).step_by(2);
        Some(Self {
            table: quoted.next()?,
            columns: quoted.collect(),
        })
    }

    /// The first foreign key column whose value is not in the referenced table.
    async fn dangling(
        &self,
        connection: &mut SqliteConnection,
        statement: &Statement,
    ) -> Result<Option<String>, sqlx::Error> {
        let Some(values) = &statement.values else {
            return Ok(None);
        };
        let keys = sqlx::query(
            r#"SELECT "from", "table", coalesce("to", 'id') AS "to" FROM pragma_foreign_key_list(?)"#,
        )
        .bind(self.table)
        .fetch_all(&mut *connection)
        .await?;
        for key in keys {
            let column: String = key.try_get("from")?;
            let Some(position) = self.columns.iter().position(|name| *name == column) else {
                continue;
            };
            let rows = values
                .0
                .iter()
                .skip(position)
                .step_by(self.columns.len().max(1));
            for value in rows.filter(|value| **value != value.as_null()) {
                let (table, to): (String, String) = (key.try_get("table")?, key.try_get("to")?);
                let sql = format!(r#"SELECT 1 FROM "{table}" WHERE "{to}" = ?"#);
                let value = SqlxValues(Values(vec![Value::clone(value)]));
                let lookup = sqlx::query_with(AssertSqlSafe(sql), value);
                if lookup.fetch_optional(&mut *connection).await?.is_none() {
                    return Ok(Some(column));
                }
                // In an `UPDATE`, the parameters after the assignments belong to the conditions.
                if statement.sql.starts_with("UPDATE") {
                    break;
                }
            }
        }
        Ok(None)
    }
}

impl fmt::Display for ForeignKeyViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MESSAGE)?;
        match &self.column {
            Some(column) => write!(f, ": `{column}` refers to a row that does not exist"),
            None => f.write_str(": other rows still refer to this one"),
        }
    }
}

impl StdError for ForeignKeyViolation {}

impl DatabaseError for ForeignKeyViolation {
    fn message(&self) -> &'static str {
        MESSAGE
    }

    /// SQLite's own extended code, `SQLITE_CONSTRAINT_FOREIGNKEY`.
    fn code(&self) -> Option<Cow<'_, str>> {
        Some("787".into())
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::ForeignKeyViolation
    }

    fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Assignments;

    #[test]
    fn reads_the_columns_of_a_statement() {
        let insert =
            r#"INSERT INTO "posts" ("title", "author_id") VALUES (?, ?) RETURNING "id", "title""#;
        let update = r#"UPDATE "posts" SET "title" = ?, "author_id" = ? WHERE "posts"."id" = ? RETURNING "id""#;
        for sql in [insert, update] {
            let parsed = Assignments::parse(sql).expect(sql);
            assert_eq!(
                (parsed.table, parsed.columns),
                ("posts", vec!["title", "author_id"]),
                "{sql}"
            );
        }
        assert!(Assignments::parse(r#"DELETE FROM "authors" WHERE "id" = ?"#).is_none());
    }
}
