//! Attempts to connect to a server, repeated while their error is one that passes by itself.

use std::{io, time::Duration};

use tokio::time::timeout;
#[cfg(feature = "postgres")]
use tokio::time::{Instant, sleep};

#[cfg(feature = "postgres")]
use crate::config::duration;

/// The pause between two attempts.
pub(super) const PAUSE: Duration = Duration::from_millis(50);

/// Connects with `connect`, and repeats that for up to `wait` while the error may pass. One attempt takes `limit` at most.
#[cfg(feature = "postgres")]
pub(super) async fn connect<T, F>(
    wait: Duration,
    limit: Duration,
    connect: impl Fn() -> F,
) -> Result<T, sqlx::Error>
where
    F: Future<Output = Result<T, sqlx::Error>>,
{
    let begin = Instant::now();
    let mut is_first = true;
    loop {
        let error = match within(limit, connect()).await {
            Ok(connection) => return Ok(connection),
            Err(error) => error,
        };
        if !may_pass(&error) || begin.elapsed() >= wait {
            return Err(error);
        }
        if std::mem::take(&mut is_first) {
            let wait = duration::format(wait);
            tracing::warn!(%error, wait, "waiting for the database");
        }
        sleep(PAUSE).await;
    }
}

/// One attempt to connect, whose error says so when it takes longer than `limit`.
pub(super) async fn within<T>(
    limit: Duration,
    attempt: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let late = |_| {
        let error = io::Error::new(io::ErrorKind::TimedOut, "it does not respond in time");
        sqlx::Error::Io(error)
    };
    timeout(limit, attempt).await.map_err(late)?
}

/// Returns true for the error of a server that is not there yet, that starts, or that has no free connection.
#[cfg(feature = "postgres")]
fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        // What TLS refuses is `InvalidData`.
        sqlx::Error::Io(error) => error.kind() != io::ErrorKind::InvalidData,
        sqlx::Error::Database(error) => error.is_transient_in_connect_phase(),
        _ => false,
    }
}
