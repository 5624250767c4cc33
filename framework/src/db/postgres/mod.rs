//! The PostgreSQL backend of [`Db`](super::Db): one connection pool.

mod connection;
mod database;
mod options;
mod tls;

pub(super) use database::PgDatabase;
pub(super) use options::dedicated;
pub(super) use tls::{TlsFiles, encrypted, is_encrypted};
