//! A check for statements that would wait for the transaction around them.
//!
//! SQLite has one writer. A statement through `ctx.db` within `ctx.db.transact` would wait for the transaction, which waits for the
//! statement: until the acquire timeout, and with an error that says nothing of it. A task that is spawned within the transaction is one of
//! its own: it may wait.
//!
//! A transaction that is begun by hand has no end that could be seen from here: other work of the same task, beside it, may be what waits.
//! So such a statement waits, and its error names the transaction.

use std::ptr;
#[cfg(feature = "sqlite")]
use std::{
    sync::{Arc, Mutex, PoisonError},
    thread::{self, ThreadId},
};

#[cfg(feature = "sqlite")]
use sea_orm::ConnAcquireErr;
use sea_orm::DbErr;

#[cfg(feature = "sqlite")]
use super::session::Guard;
use super::{connection::refused, session::Database};

tokio::task_local! {
    /// The addresses of the databases on which this task has a transaction open.
    static OPEN: Vec<usize>;
}

/// Runs `work`, which is part of a transaction on `database`.
pub(super) async fn within<T>(database: &dyn Database, work: impl Future<Output = T>) -> T {
    let mut open = OPEN.try_with(Clone::clone).unwrap_or_default();
    open.push(address(database));
    OPEN.scope(open, work).await
}

/// Fails if the caller is within a transaction on `database`, and so would wait for itself.
pub(super) fn check<D: ?Sized>(database: &D) -> Result<(), DbErr> {
    match OPEN.try_with(|open| open.contains(&address(database))) {
        Ok(true) => Err(refused(
            "the database handle is used within its own transaction, and would wait for the end of it\nhint: use the transaction, `tx`, for every statement within `transact`",
        )),
        _ => Ok(()),
    }
}

fn address<D: ?Sized>(database: &D) -> usize {
    ptr::from_ref(database).cast::<()>().addr()
}

/// The task whose transaction has the connection that writes.
#[cfg(feature = "sqlite")]
#[derive(Default)]
pub(super) struct Holder(Arc<Mutex<Option<Caller>>>);

/// A task, or the thread of what runs outside of one, such as a test.
#[cfg(feature = "sqlite")]
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    Task(tokio::task::Id),
    Thread(ThreadId),
}

#[cfg(feature = "sqlite")]
impl Caller {
    fn current() -> Self {
        match tokio::task::try_id() {
            Some(id) => Self::Task(id),
            None => Self::Thread(thread::current().id()),
        }
    }
}

#[cfg(feature = "sqlite")]
impl Holder {
    /// Notes that the caller has a transaction, until the guard is dropped.
    pub(super) fn hold(&self) -> Guard {
        struct Held(Arc<Mutex<Option<Caller>>>, Caller);

        impl Drop for Held {
            fn drop(&mut self) {
                let mut holder = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                // The next transaction may have begun in the meantime.
                if *holder == Some(self.1) {
                    *holder = None;
                }
            }
        }

        let caller = Caller::current();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(caller);
        Box::new(Held(Arc::clone(&self.0), caller))
    }

    /// The error of a caller that got no connection: one that says so if its own transaction has it.
    pub(super) fn explain(&self, error: DbErr) -> DbErr {
        let holder = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match error {
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)
                if holder == Some(Caller::current()) =>
            {
                refused(
                    "the database handle got no connection in time, as a transaction that the same task has begun is still open: it may be waiting for itself\nhint: use the transaction for every statement until its `commit`",
                )
            }
            error => error,
        }
    }
}
