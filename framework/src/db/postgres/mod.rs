//! The PostgreSQL backend of [`Db`](super::Db): one connection pool.

mod connection;
mod database;
pub(super) mod notifications;
mod options;

pub(super) use database::PgDatabase;
pub(super) use options::dedicated;
