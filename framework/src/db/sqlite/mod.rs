//! The SQLite backend of [`Db`](super::Db): one connection that writes, several that read.

mod changes;
mod connection;
mod database;
mod deadline;
mod foreign_key;
mod locks;
mod options;

pub(super) use changes::Commits;
pub(super) use database::SqliteDatabase;
pub(super) use foreign_key::ForeignKeyViolation;
pub(super) use options::options;

#[cfg(test)]
mod tests;
