//! Backups of the database: the task `db:backup` writes one, `db:restore` restores one.
//!
//! A backup is two files in one folder:
//!
//! ```text
//! blog-production-20261121T101500Z.sqlite.zst         the database (`.pgdump.zst` for PostgreSQL)
//! blog-production-20261121T101500Z.sqlite.zst.json    its manifest: schema, rows per table, SHA-256
//! ```
//!
//! Everything is written in a hidden folder `.NAME.partial` beside them and moved out when it has been read back and found
//! complete, so a file without a leading dot is always a complete backup. The hidden folder of a process that was killed is
//! removed by the next backup.

mod archive;
mod backend;
mod create;
mod error;
mod files;
mod job;
mod manifest;
mod name;
mod partial;
#[cfg(feature = "postgres")]
mod postgres;
mod replacement;
mod restore;
mod retention;
mod room;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use create::DbBackup;
pub use error::BackupError;
pub use manifest::Manifest;
pub use restore::DbRestore;
pub(crate) use room::ROOM;
