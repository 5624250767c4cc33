//! The database handle or a transaction of it, for writes that take effect together.

use sea_orm::ConnectionTrait;

use crate::{
    db::{Db, Transaction},
    error::Result,
};

/// The database handle or a transaction: `&ctx.db` or `tx`. What [`Sessions`](super::Sessions) writes is part of the transaction, and takes
/// effect with its commit; through the handle each call is a transaction of its own. Implemented for [`Db`] and [`Transaction`]; never by users.
///
/// ```
/// use fw::{auth::{AccountKey, Connection, Sessions}, error::Result};
///
/// async fn sign_out_everywhere(sessions: &Sessions, db: &impl Connection, user: i64) -> Result<u64> {
///     sessions.end_all(db, user, None).await
/// }
/// ```
pub trait Connection: ConnectionTrait + sealed::Sealed {
    /// Runs `work` in this transaction, or in one of its own: a caller that goes away leaves all of it or nothing.
    #[doc(hidden)]
    fn atomically<T>(
        &self,
        work: impl AsyncFnOnce(&Transaction) -> Result<T>,
    ) -> impl Future<Output = Result<T>>;
}

mod sealed {
    #[allow(unnameable_types, reason = "so that nobody else implements it")]
    pub trait Sealed {}
    impl Sealed for super::Db {}
    impl Sealed for super::Transaction {}
}

impl Connection for Db {
    async fn atomically<T>(&self, work: impl AsyncFnOnce(&Transaction) -> Result<T>) -> Result<T> {
        self.transact(work).await
    }
}

impl Connection for Transaction {
    async fn atomically<T>(&self, work: impl AsyncFnOnce(&Transaction) -> Result<T>) -> Result<T> {
        work(self).await
    }
}
