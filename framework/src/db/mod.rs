//! The database: one handle, [`Db`], for every query of the application.
//!
//! `Db` implements SeaORM's [`ConnectionTrait`](sea_orm::ConnectionTrait) and
//! [`TransactionTrait`](sea_orm::TransactionTrait), so every SeaORM call takes `&ctx.db`. Behind it is
//!
//! - on PostgreSQL a connection pool;
//! - on SQLite one connection that writes and several that read. Writers wait in a fair queue instead of meeting
//!   `SQLITE_BUSY`, and readers never wait for them (WAL mode).
//!
//! ```no_run
//! # async fn example(db: fw::db::Db) -> fw::Result<()> {
//! use sea_orm::ConnectionTrait;
//!
//! db.transact(async |tx| {
//!     tx.execute_unprepared("DELETE FROM drafts").await?;
//!     Ok(())
//! })
//! .await?;
//! # Ok(())
//! # }
//! ```

mod admin;
mod attempts;
pub(crate) mod changes;
mod connection;
pub(crate) mod decimal;
mod error;
mod handle;
mod identifier;
mod own_transaction;
mod pool;
mod pooled_transaction;
#[cfg(feature = "postgres")]
mod postgres;
mod probe;
mod room;
mod savepoints;
mod session;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statement;
mod stream;
mod target;
#[cfg(feature = "postgres")]
mod tls;
mod transaction;
mod unit_of_work;
mod unreachable;
mod values;

pub use admin::{create, create_file, drop, ping};
pub use error::DbError;
pub use handle::Db;
pub(crate) use identifier::quote;
pub use probe::exists;
pub(crate) use room::ROOM;
pub use stream::RowStream;
#[cfg(feature = "postgres")]
pub use target::PgTarget;
pub use target::Target;
pub use transaction::Transaction;
pub(crate) use unit_of_work::UnitOfWork;
#[cfg(feature = "postgres")]
pub(crate) use unreachable::explain;
pub(crate) use unreachable::{code, reason};
