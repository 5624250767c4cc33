//! Wake-ups of other processes, by publish and subscribe.

use std::time::Duration;

use futures_util::StreamExt;
use redis::{RedisError, Value, aio::PubSub, cmd};
use tokio::time::{sleep, timeout};

use super::connection::{Connection, TIMEOUT};
use crate::queue::store::Result;

/// The shortest and the longest wait before a lost connection is opened again.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The silence after which the connection is tried out.
const SILENCE: Duration = Duration::from_secs(15);

fn channel(connection: &Connection) -> String {
    format!("{}wake", connection.base())
}

/// Wakes all processes that listen.
pub(super) async fn publish(connection: &Connection) -> Result {
    let mut command = cmd("PUBLISH");
    let published = connection.command(command.arg(channel(connection)).arg(""));
    published.await.map(drop)
}

/// Calls `changed` at each wake-up, and after a time in which some may have been missed. A lost connection is opened again; `listening`
/// is told.
pub(super) async fn watch(
    connection: &Connection,
    listening: impl Fn(bool) + Send,
    changed: impl Fn() + Send,
) {
    let channel = channel(connection);
    let mut pause = SHORTEST_PAUSE;
    loop {
        if let Some(subscription) = within(open(connection, &channel)).await {
            pause = SHORTEST_PAUSE;
            listening(true);
            // What was enqueued before is not told.
            changed();
            hear(subscription, &changed).await;
            listening(false);
            // Nor is what was enqueued while the connection was lost.
            changed();
        } else {
            tracing::debug!(channel, "cannot listen to wake-ups");
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn open(connection: &Connection, channel: &str) -> Result<PubSub, RedisError> {
    let mut subscription = connection.client().get_async_pubsub().await?;
    subscription.subscribe(channel).await?;
    Ok(subscription)
}

/// Hears wake-ups until the connection is lost.
async fn hear(subscription: PubSub, changed: &(impl Fn() + Send)) {
    let (mut sink, mut messages) = subscription.split();
    loop {
        match timeout(SILENCE, messages.next()).await {
            Ok(Some(_)) => changed(),
            Ok(None) => return,
            // A server that has gone without a word is noticed only by asking it.
            Err(_) if within(sink.ping::<Value>()).await.is_none() => return,
            Err(_) => {}
        }
    }
}

async fn within<T>(work: impl Future<Output = Result<T, RedisError>>) -> Option<T> {
    timeout(TIMEOUT, work).await.ok()?.ok()
}
