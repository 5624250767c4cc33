//! The states of limits on a Redis server that all processes share.

use std::{
    collections::HashSet,
    mem,
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{Client, FromRedisValue, Script, Value, cmd};
use tokio::time::sleep;

use super::{gcra::Gcra, key::Key, lockout::Rule};
use crate::redis_client::{CallError, Connection};

/// The time that a request waits for Redis before this process goes on alone.
const TIMEOUT: Duration = Duration::from_secs(1);

/// The time between two looks whether Redis is back.
const PAUSE: Duration = Duration::from_secs(1);

/// The most keys that are remembered until Redis is back, to be forgotten there.
const MOST_UNSENT: usize = 10_000;

static GCRA: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("gcra.lua")));
static LOCKOUT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lockout.lua")));

/// A Redis server. While it is away, which the log says once, nothing is shared.
pub(super) struct Shared {
    connection: Connection,
    /// The beginning of all keys.
    base: String,
    is_away: AtomicBool,
    /// The keys to be forgotten when it is back.
    unsent: Mutex<HashSet<Key>>,
}

impl Shared {
    /// The server of a URL, for the application of a name. Fails if the URL cannot be used.
    pub(super) fn lazy(url: &str, prefix: &str) -> Option<Self> {
        Some(Self {
            connection: Connection::new(Client::open(url).ok()?, TIMEOUT),
            base: format!("fw:{prefix}:limit:"),
            is_away: AtomicBool::new(false),
            unsent: Mutex::default(),
        })
    }

    /// Checks that limits can be counted there.
    pub(super) async fn check(&self) -> Result<(), CallError> {
        let probe = Gcra {
            interval: 1,
            full: 1,
        };
        let key = format!("{}probe", self.base);
        self.take_at(&key, probe, None).await.map(drop)
    }

    /// Takes a permit; returns whether it was granted, and how far the stored time is ahead. The time is the server's, or `now`.
    pub(super) async fn take(
        &self,
        key: Key,
        gcra: Gcra,
        now: Option<i64>,
    ) -> Result<(bool, i64), CallError> {
        self.take_at(&self.key(key), gcra, now).await
    }

    async fn take_at(
        &self,
        key: &str,
        gcra: Gcra,
        now: Option<i64>,
    ) -> Result<(bool, i64), CallError> {
        let arguments = [gcra.interval.to_string(), gcra.full.to_string(), text(now)];
        let (is_granted, time): (i64, i64) =
            pair(self.connection.run(&GCRA, key, &arguments).await?)?;
        Ok((is_granted == 1, time))
    }

    /// Counts an attempt as a failure; returns its number since the last success, 0 if it is not allowed, and how long the lock-out is.
    pub(super) async fn attempt(
        &self,
        key: Key,
        rule: Rule,
        now: Option<i64>,
    ) -> Result<(u32, i64), CallError> {
        let arguments = [
            rule.failures.to_string(),
            rule.first.to_string(),
            rule.at_most.to_string(),
            Rule::REMEMBERED.to_string(),
            text(now),
        ];
        pair(
            self.connection
                .run(&LOCKOUT, &self.key(key), &arguments)
                .await?,
        )
    }

    /// Forgets a key: while the server is away, when it is back. An owner who has proven who they are is not to be locked out again by failures that
    /// were counted before.
    pub(super) async fn forget(self: &Arc<Self>, key: Key) {
        if self.ask(self.delete(key)).await.is_none() {
            let mut unsent = self.unsent();
            if unsent.len() < MOST_UNSENT {
                unsent.insert(key);
            }
        }
    }

    async fn delete(&self, key: Key) -> Result<(), CallError> {
        let mut command = cmd("DEL");
        let deleted = self.connection.command(command.arg(self.key(key)));
        deleted.await.map(drop)
    }

    /// Forgets the keys that could not be forgotten while the server was away.
    async fn forget_unsent(self: &Arc<Self>) {
        let keys = mem::take(&mut *self.unsent());
        for key in keys {
            self.forget(key).await;
        }
    }

    fn unsent(&self) -> MutexGuard<'_, HashSet<Key>> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The result of a call; `None` while the server is away.
    pub(super) async fn ask<T>(
        self: &Arc<Self>,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Option<T> {
        if !self.is_there() {
            return None;
        }
        match call.await {
            Ok(value) => Some(value),
            Err(error) => {
                self.note_absence(&error);
                None
            }
        }
    }

    pub(super) fn is_there(&self) -> bool {
        !self.is_away.load(Ordering::Relaxed)
    }

    fn note_absence(self: &Arc<Self>, error: &CallError) {
        if !self.is_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "Redis does not count limits: each process limits alone until it is back");
            tokio::spawn(wait_for(Arc::downgrade(self)));
        }
    }

    fn key(&self, key: Key) -> String {
        format!("{}{}", self.base, key.text())
    }
}

/// Looks now and then whether the server is back, while there is anybody to use it.
async fn wait_for(server: Weak<Shared>) {
    loop {
        sleep(PAUSE).await;
        let Some(server) = server.upgrade() else {
            return;
        };
        if server.check().await.is_ok() {
            server.is_away.store(false, Ordering::Relaxed);
            server.forget_unsent().await;
            tracing::info!("Redis is back: processes share their limits");
            return;
        }
    }
}

/// The time for a script; an empty one stands for that of the server.
fn text(now: Option<i64>) -> String {
    now.map_or_else(String::new, |now| now.to_string())
}

/// The response of a script.
fn pair<T: FromRedisValue>(value: Value) -> Result<(T, i64), CallError> {
    redis::from_redis_value(value).map_err(|error| CallError::Failed(error.into()))
}
