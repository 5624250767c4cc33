//! The database: one handle, [`Db`], for every query of the application.
//!
//! `Db` implements SeaORM's [`ConnectionTrait`](sea_orm::ConnectionTrait) and
//! [`TransactionTrait`](sea_orm::TransactionTrait), so every SeaORM call takes `&ctx.db`. Behind it is
//!
//! - on PostgreSQL a connection pool;
//! - on SQLite one connection that writes and several that read. Writers wait in a fair queue instead of meeting
//!   `SQLITE_BUSY`, and readers never wait for them (WAL mode).
//!
//! ```
//! # mod posts {
//! #     use fw::model::prelude::*;
//! #     #[sea_orm::model]
//! #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
//! #     #[sea_orm(table_name = "posts")]
//! #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub title: String }
//! #     impl ActiveModelBehavior for ActiveModel {}
//! # }
//! use fw::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! # let config = fw::config::DatabaseConfig { url: "sqlite::memory:".into(), ..Default::default() };
//! # let db = fw::db::Db::connect(&config).await?;
//! # db.execute_unprepared("CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL)").await?;
//! let id = db
//!     .transact(async |tx| {
//!         let post = posts::ActiveModel { title: Set("Dune".to_owned()), ..Default::default() };
//!         Ok(post.insert(tx).await?.id)
//!     })
//!     .await?;
//!
//! let post = posts::Entity::find_by_id(id).one(&db).await?.or_not_found()?;
//! assert_eq!(post.title, "Dune");
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
mod recorder;
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
pub(crate) use error::missing_record;
pub use handle::Db;
pub(crate) use identifier::quote;
pub use probe::exists;
pub(crate) use recorder::recorded;
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
