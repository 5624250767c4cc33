//! The connection that a store's statements run on within a transaction of the caller.

use crate::db::{Db, Transaction};

/// A database handle or an open transaction. What is enqueued through it takes effect with the commit of its transaction: of a
/// handle within a unit of work, that of the unit of work, otherwise at once. See [`SqlStore`](super::SqlStore) for an example.
#[derive(Clone, Copy, Debug)]
pub enum Executor<'a> {
    /// A database handle.
    Db(&'a Db),
    /// An open transaction.
    Transaction(&'a Transaction),
}

impl<'a> From<&'a Db> for Executor<'a> {
    fn from(db: &'a Db) -> Self {
        Self::Db(db)
    }
}

impl<'a> From<&'a Transaction> for Executor<'a> {
    fn from(transaction: &'a Transaction) -> Self {
        Self::Transaction(transaction)
    }
}

impl Executor<'_> {
    /// Returns true if what is written takes effect later, with the commit of a transaction or of a unit of work.
    pub fn is_transaction(self) -> bool {
        match self {
            Self::Db(db) => db.is_within_unit_of_work(),
            Self::Transaction(_) => true,
        }
    }

    /// Runs `work` after the commit.
    pub fn after_commit(self, work: impl FnOnce() + Send + 'static) {
        match self {
            Self::Db(db) => db.after_commit(work),
            Self::Transaction(transaction) => transaction.after_commit(work),
        }
    }
}
