//! Properties of SQL statements that show in their text.

#[cfg(feature = "sqlite")]
use std::fmt::Write;

#[cfg(feature = "sqlite")]
use sea_orm::{Statement, Value};

/// Returns true if a statement only reads. A wrong `false` costs a wait for the write lock; after a wrong `true` SQLite refuses
/// the write, as reading connections are opened with `query_only`.
pub(super) fn only_reads(sql: &str) -> bool {
    let mut words = sql
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| !word.is_empty());
    let is_any = |word: &str, of: &[&str]| of.iter().any(|other| word.eq_ignore_ascii_case(other));
    let first = words.next().unwrap_or_default();
    is_any(first, &["SELECT", "VALUES", "EXPLAIN"])
        || is_any(first, &["WITH"])
            && !words.any(|word| is_any(word, &["INSERT", "UPDATE", "DELETE", "REPLACE"]))
}

/// Returns true if statements may begin a transaction and leave it open. A wrong `true` costs a reset of the connection, and behind a
/// pooler the statement timeout.
pub(super) fn may_begin(sql: &str) -> bool {
    sql.split(|c: char| !c.is_ascii_alphabetic()).any(|word| {
        ["BEGIN", "START", "SAVEPOINT"]
            .iter()
            .any(|begin| word.eq_ignore_ascii_case(begin))
    })
}

/// Replaces a bound `LIMIT ?` by its number. SQLite's planner looks at the number, so that another binding, even of the same number,
/// makes it prepare the statement anew (`sqlite3Reprepare`): a third of the work of reading one row.
#[cfg(feature = "sqlite")]
pub(super) fn literal_limit(mut statement: Statement) -> Statement {
    let (Some(values), sql) = (&mut statement.values, &mut statement.sql) else {
        return statement;
    };
    let offset = " OFFSET ?";
    let (rest, offset) = match sql.strip_suffix(offset) {
        Some(rest) => (rest, offset),
        None => (sql.as_str(), ""),
    };
    let bound = values
        .0
        .len()
        .checked_sub(1 + usize::from(!offset.is_empty()));
    // A limit that the statement's author has written in another place, or as another type, is left alone.
    if let Some(start) = rest.strip_suffix(" LIMIT ?")
        && let Some(index) = bound
        && let Value::BigUnsigned(Some(limit)) = values.0[index]
    {
        sql.truncate(start.len());
        // A text takes everything.
        let _ = write!(sql, " LIMIT {limit}{offset}");
        values.0.remove(index);
    }
    statement
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "sqlite")]
    use sea_orm::DbBackend;

    use super::*;

    #[cfg(feature = "sqlite")]
    #[test]
    fn the_limit_is_written_out() {
        let of = |sql: &str, values: Vec<Value>| {
            let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
            let statement = literal_limit(statement);
            (statement.sql, statement.values.map(|values| values.0))
        };
        let (id, limit) = (Value::from(7_i64), Value::from(20_u64));
        assert_eq!(
            of("SELECT 1 WHERE id = ? LIMIT ?", vec![id.clone(), limit]),
            (
                "SELECT 1 WHERE id = ? LIMIT 20".into(),
                Some(vec![id.clone()])
            )
        );
        let (limit, offset) = (Value::from(20_u64), Value::from(40_u64));
        assert_eq!(
            of("SELECT 1 LIMIT ? OFFSET ?", vec![limit, offset.clone()]),
            ("SELECT 1 LIMIT 20 OFFSET ?".into(), Some(vec![offset]))
        );
        for sql in ["SELECT ? LIMIT ?", "SELECT ?", "SELECT 1 -- LIMIT ?"] {
            let (same, values) = of(sql, vec![id.clone()]);
            assert_eq!((same.as_str(), values), (sql, Some(vec![id.clone()])));
        }
    }

    #[test]
    fn tells_reads_from_writes() {
        for sql in [
            "SELECT 1",
            "  select * FROM a",
            "(SELECT 1)",
            "WITH x AS (SELECT 1) SELECT * FROM x",
        ] {
            assert!(only_reads(sql), "{sql}");
        }
        for sql in [
            "INSERT INTO a VALUES (1) RETURNING id",
            "UPDATE a SET b = 1",
            "with x as (select 1) delete from a",
            "PRAGMA journal_mode = wal",
            "",
        ] {
            assert!(!only_reads(sql), "{sql}");
        }
    }
}
