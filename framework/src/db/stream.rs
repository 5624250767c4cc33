//! Streams of rows, with which a result of any size takes little memory.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use futures_util::Stream;
use sea_orm::{DbErr, QueryResult};
use tokio::sync::mpsc::{self, Receiver, Sender};

/// The maximum number of rows that wait for their reader.
const BUFFER: usize = 64;

/// A stream of the rows of one statement, see [`StreamTrait`](sea_orm::StreamTrait).
///
/// They are read from the database as fast as they are taken from here, with at most a few hundred in memory. The statement
/// timeout limits how long the database takes for the next rows, not how long their reader takes. A stream that is dropped ends
/// its statement.
///
/// Outside of a transaction a stream uses a connection of its own. A transaction refuses other statements until the stream has
/// ended or is dropped.
///
/// ```
/// use futures_util::TryStreamExt;
/// use fw::{config::DatabaseConfig, db::Db, prelude::*};
/// use sea_orm::{Statement, StreamTrait};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let config = DatabaseConfig { url: "sqlite::memory:".into(), ..DatabaseConfig::default() };
/// # let db = Db::connect(&config).await?;
/// # db.execute_unprepared("CREATE TABLE visits (seconds INTEGER NOT NULL)").await?;
/// # db.execute_unprepared("INSERT INTO visits VALUES (30), (12)").await?;
/// let query = Statement::from_string(db.backend(), "SELECT seconds FROM visits");
/// let mut rows = db.stream_raw(query).await?;
/// let mut total = 0_i64;
/// while let Some(row) = rows.try_next().await? {
///     total += row.try_get::<i64>("", "seconds")?;
/// }
/// assert_eq!(total, 42);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RowStream {
    rows: Receiver<Result<QueryResult, DbErr>>,
    is_open: Arc<AtomicBool>,
}

/// The sending side of a [`RowStream`], which a connection writes to.
pub(super) struct RowSender {
    rows: Sender<Result<QueryResult, DbErr>>,
}

/// Creates a [`RowStream`] and its sending side. `is_open` is `true` until the stream has ended or is dropped.
pub(super) fn channel(is_open: Arc<AtomicBool>) -> (RowSender, RowStream) {
    let (sender, receiver) = mpsc::channel(BUFFER);
    is_open.store(true, Ordering::Release);
    let stream = RowStream {
        rows: receiver,
        is_open,
    };
    (RowSender { rows: sender }, stream)
}

impl RowSender {
    /// Sends a row, waiting until there is room. Returns false once the stream is dropped.
    pub(super) async fn send(&self, row: Result<QueryResult, DbErr>) -> bool {
        self.rows.send(row).await.is_ok()
    }

    /// Waits until the stream is dropped.
    #[cfg(feature = "sqlite")]
    pub(super) async fn closed(&self) {
        self.rows.closed().await;
    }
}

impl Stream for RowStream {
    type Item = Result<QueryResult, DbErr>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.rows.poll_recv(context);
        if let Poll::Ready(None) = next {
            self.is_open.store(false, Ordering::Release);
        }
        next
    }
}

impl Drop for RowStream {
    fn drop(&mut self) {
        self.is_open.store(false, Ordering::Release);
    }
}
