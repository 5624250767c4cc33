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
//!
//! Both are tasks like those of the application, which a person runs (`cargo fw task db:backup`) or the schedule:
//!
//! ```
//! use fw::prelude::*;
//!
//! // In `Hooks::schedule`:
//! let schedule = Schedule::new().daily("03:00", "db:backup to:/mnt/backups/ keep:14");
//! # schedule.check(&Tasks::new().add::<fw::backup::DbBackup>(), &Jobs::new())?;
//! # Ok::<(), fw::scheduler::ScheduleError>(())
//! ```
//!
//! A task of the application's own can run them as well:
//!
//! ```no_run
//! use fw::{backup::{DbBackup, DbRestore}, prelude::*};
//!
//! async fn import(ctx: &AppContext) -> Result<()> {
//!     let file = "backups/before-import.sqlite.zst";
//!     DbBackup { to: Some(file.into()), ..DbBackup::default() }.run(ctx).await?;
//!     // Restores it into a scratch database and compares the numbers of rows.
//!     DbRestore { file: file.into(), verify: true, ..DbRestore::default() }.run(ctx).await?;
//!     // …
//!     Ok(())
//! }
//! ```

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
