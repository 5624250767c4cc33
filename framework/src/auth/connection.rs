//! The database handle or a transaction of it, for writes that are noticed when they are committed.

use sea_orm::ConnectionTrait;

use crate::db::{Db, Transaction};

/// The database handle or a transaction: `&ctx.db` or `tx`. What [`Sessions`](super::Sessions) writes is part of the transaction, and takes
/// effect with its commit. Implemented for [`Db`] and [`Transaction`]; never by users.
///
/// ```
/// use fw::{auth::{AccountKey, Connection, Sessions}, error::Result};
///
/// async fn sign_out_everywhere(sessions: &Sessions, db: &impl Connection, user: i64) -> Result<u64> {
///     sessions.end_all(db, user, None).await
/// }
/// ```
pub trait Connection: ConnectionTrait + sealed::Sealed {
    /// Runs `work` after the commit of what is written.
    #[doc(hidden)]
    fn then(&self, work: impl FnOnce() + Send + 'static);
}

mod sealed {
    #[allow(unnameable_types, reason = "so that nobody else implements it")]
    pub trait Sealed {}
    impl Sealed for super::Db {}
    impl Sealed for super::Transaction {}
}

impl Connection for Db {
    fn then(&self, work: impl FnOnce() + Send + 'static) {
        self.after_commit(work);
    }
}

impl Connection for Transaction {
    fn then(&self, work: impl FnOnce() + Send + 'static) {
        self.after_commit(work);
    }
}
