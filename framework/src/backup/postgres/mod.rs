//! Backups of PostgreSQL, by its own programs.

mod connection;
mod copied;
mod program;
mod restore;
mod save;

pub(super) use connection::address;
pub(super) use restore::{rehearse, replace};
pub(super) use save::{save, verify};
