//! `BEGIN`, which must not be given up half way.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use sea_orm::{
    ConnAcquireErr, DatabaseConnection, DatabaseTransaction, DbErr, TransactionOptions,
    TransactionTrait,
};
use tokio::task::{AbortHandle, JoinError};
use tracing::Instrument;

const WAITS: u8 = 0;
const CONNECTED: u8 = 1;
const GIVEN_UP: u8 = 2;

tokio::task_local! {
    /// The transaction that this task begins.
    static BEGINNING: Arc<AtomicU8>;
}

/// A transaction that somebody wants. Once there is a connection, it is begun even if he gives up, and undone at once: the driver
/// counts a transaction only when the server has confirmed it, and would leave one open that nobody knows of, to swallow the
/// writes of others.
#[derive(Default)]
pub(super) struct Beginning(Arc<AtomicU8>);

impl Beginning {
    pub(super) fn is_connected(&self) -> bool {
        self.0.load(Ordering::Acquire) == CONNECTED
    }

    pub(super) async fn begin(
        &self,
        pool: DatabaseConnection,
        options: TransactionOptions,
    ) -> Result<DatabaseTransaction, DbErr> {
        let begin = async move { pool.begin_with_options(options).await };
        let begin = BEGINNING.scope(Arc::clone(&self.0), begin);
        let task = tokio::spawn(begin.in_current_span());
        let _wish = Wish {
            state: Arc::clone(&self.0),
            task: task.abort_handle(),
        };
        task.await.unwrap_or_else(|error| Err(failed(error)))
    }
}

/// Dropped while there is no connection yet, it ends the task.
struct Wish {
    state: Arc<AtomicU8>,
    task: AbortHandle,
}

impl Drop for Wish {
    fn drop(&mut self) {
        let given_up =
            self.state
                .compare_exchange(WAITS, GIVEN_UP, Ordering::AcqRel, Ordering::Acquire);
        if given_up.is_ok() {
            self.task.abort();
        }
    }
}

/// The pool has a connection for this task, if it wants one to begin a transaction.
pub(super) async fn connected() {
    let is_wanted = BEGINNING.try_with(|state| {
        let connected =
            state.compare_exchange(WAITS, CONNECTED, Ordering::AcqRel, Ordering::Acquire);
        connected != Err(GIVEN_UP)
    });
    if is_wanted == Ok(false) {
        // The task is about to be aborted, and must not go on before it is.
        std::future::pending::<()>().await;
    }
}

fn failed(error: JoinError) -> DbErr {
    match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        // The runtime ends.
        Err(_) => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
    }
}
