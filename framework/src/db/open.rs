//! The driver's transaction, for as long as it is open.

use std::{ops::Deref, sync::Arc};

use sea_orm::DatabaseTransaction;
use tokio::runtime::Handle;

use super::whole::Hold;

/// The driver's transaction, which is undone when this is dropped.
///
/// The driver panics when it is to undo a transaction while another statement is on its way on the same connection, and that
/// happens within a [`Whole`](super::whole::Whole): of two futures of a request that is given up, one is dropped first. A second
/// panic, of the transaction around it, would end the whole process.
pub(super) struct Open {
    /// Nothing once it is taken.
    transaction: Option<DatabaseTransaction>,
    /// What it holds of the whole that it is part of, shared with the savepoints within.
    hold: Option<Arc<Hold>>,
}

impl Open {
    pub(super) fn new(transaction: DatabaseTransaction, hold: Option<Arc<Hold>>) -> Self {
        Self {
            transaction: Some(transaction),
            hold,
        }
    }

    pub(super) fn set_hold(&mut self, hold: Hold) {
        self.hold = Some(Arc::new(hold));
    }

    pub(super) fn hold(&self) -> Option<Arc<Hold>> {
        self.hold.clone()
    }

    /// The transaction to end, and what must not be given back before.
    pub(super) fn take(mut self) -> (DatabaseTransaction, Option<Arc<Hold>>) {
        let transaction = self.transaction.take().expect(IS_OPEN);
        (transaction, self.hold.take())
    }
}

const IS_OPEN: &str = "it is taken with the last use";

impl Deref for Open {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        self.transaction.as_ref().expect(IS_OPEN)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let Some(transaction) = self.transaction.take() else {
            return;
        };
        let Some(hold) = self.hold.take() else {
            return;
        };
        let quiet = hold.try_quiet();
        if quiet.is_some() {
            // Before the guard.
            drop(transaction);
            return;
        }
        drop(quiet);
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                let _quiet = hold.quiet().await;
                drop(transaction);
            });
        }
    }
}
