//! PostgreSQL behind [`Db`](super::Db): a connection pool that says at once when the server refuses connections.

mod begin;
mod kept;
mod options;
mod pool;
mod run;
mod server;
mod transaction;

pub(super) use options::dedicated;
pub(super) use pool::PgPool;
