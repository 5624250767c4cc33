//! Identifiers in SQL.

/// A quoted identifier, as SQLite and PostgreSQL read it.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
