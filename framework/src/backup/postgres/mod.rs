//! Backups of PostgreSQL with its own programs, `pg_dump` and `pg_restore`.

mod connection;
mod copied;
mod leftovers;
mod program;
mod restore;
mod rights;
mod save;

pub(super) use connection::address;
pub(super) use restore::{rehearse, replace};
pub(super) use save::{save, verify};
