//! A check for statements that would wait for the transaction around them.
//!
//! SQLite has one writer. A statement through `ctx.db` within `ctx.db.transact` would wait for the transaction, which waits for the
//! statement: until the acquire timeout, and with an error that says nothing of it. A task that is spawned within the transaction is one of
//! its own: it may wait.

use std::ptr;

use sea_orm::DbErr;

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
