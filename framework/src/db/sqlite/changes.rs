//! Commits of other connections, which SQLite tells by `PRAGMA data_version`.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::mpsc;

/// The interval at which the version is asked for. It takes some microseconds, and no lock.
const INTERVAL: Duration = Duration::from_millis(25);

/// The interval at which a file that cannot be opened is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// The commits to a database file, by connections of this process and of others, that bring news. It stops when it is dropped.
pub(in crate::db) struct Commits {
    receiver: mpsc::Receiver<()>,
    is_stopped: Arc<AtomicBool>,
}

impl Commits {
    /// Watches the file, on a thread of its own: the question is too short, and comes too often, for a pool of connections. `news` is a
    /// query, see [`News`](crate::db::changes::News).
    pub(in crate::db) fn of(path: PathBuf, news: &'static str) -> Self {
        let (sender, receiver) = mpsc::channel(1);
        let is_stopped = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&is_stopped);
        let watch = move || {
            while !stopped.load(Ordering::Relaxed) {
                if watch(&path, news, &sender, &stopped).is_err() {
                    // The file may be replaced by a restored one at the moment.
                    sleep_unless(&stopped, RETRY);
                }
            }
        };
        let spawned = thread::Builder::new()
            .name("fw-data-version".to_owned())
            .spawn(watch);
        if let Err(error) = spawned {
            tracing::debug!(%error, "commits of other processes are not noticed at once");
        }
        Self {
            receiver,
            is_stopped,
        }
    }

    /// Waits for the next one; `None` if the file is not watched.
    pub(in crate::db) async fn next(&mut self) -> Option<()> {
        self.receiver.recv().await
    }
}

impl Drop for Commits {
    fn drop(&mut self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }
}

fn watch(
    path: &PathBuf,
    news: &str,
    sender: &mpsc::Sender<()>,
    is_stopped: &AtomicBool,
) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    let mut statement = connection.prepare("PRAGMA data_version")?;
    let mut news = connection.prepare(news)?;
    let mut last = None;
    let mut last_value: Option<i64> = None;
    while !is_stopped.load(Ordering::Relaxed) {
        let version: i64 = statement.query_row([], |row| row.get(0))?;
        if last.replace(version) != Some(version) {
            let (is_there, value) = news.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let is_new = value != std::mem::replace(&mut last_value, value);
            if is_there || is_new {
                // If the channel is full, one is waiting to be seen.
                let _ = sender.try_send(());
            }
        }
        thread::sleep(INTERVAL);
    }
    Ok(())
}

fn sleep_unless(is_stopped: &AtomicBool, time: Duration) {
    let mut left = time;
    while !left.is_zero() && !is_stopped.load(Ordering::Relaxed) {
        thread::sleep(INTERVAL);
        left = left.saturating_sub(INTERVAL);
    }
}
