//! The age of what a process knows of changes that others have made.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    sync::{Mutex as AsyncMutex, OwnedMutexGuard, watch},
    time::timeout,
};

use super::{cache::Cache, notices};
use crate::{
    db::Db,
    error::{Error, Result},
};

/// The age up to which no notices are read.
const FRESH: Duration = Duration::from_millis(500);

/// The age from which on nothing that is kept counts.
const STALE: Duration = Duration::from_secs(3);

/// The time that a request waits for notices while what is kept counts.
const PATIENCE: Duration = Duration::from_millis(500);

/// The reading of notices, at most twice a second, and only while there are requests.
pub(super) struct Freshness {
    /// The time at which the last successful reading began.
    last: Mutex<Option<Instant>>,
    /// The notices that are known. Whoever has them reads.
    known: Arc<AsyncMutex<HashSet<i64>>>,
    /// The number of readings that have finished.
    readings: watch::Sender<u64>,
}

impl Default for Freshness {
    fn default() -> Self {
        Self {
            last: Mutex::default(),
            known: Arc::default(),
            readings: watch::Sender::new(0),
        }
    }
}

impl Freshness {
    /// Waits until the cache has forgotten what others have changed.
    ///
    /// While notices cannot be read, what is kept counts for up to three seconds. Then this fails with 503.
    pub(super) async fn ensure(self: &Arc<Self>, db: &Db, cache: &Arc<Cache>) -> Result<()> {
        if self.age() < FRESH {
            return Ok(());
        }
        let mut readings = self.readings.subscribe();
        // A task of its own: the reading goes on if this request is given up, and others wait for it.
        if let Ok(known) = Arc::clone(&self.known).try_lock_owned()
            && self.age() >= FRESH
        {
            let (freshness, db, cache) = (Arc::clone(self), db.clone(), Arc::clone(cache));
            tokio::spawn(async move { freshness.read(known, &db, &cache).await });
        }
        if self.age() >= FRESH {
            // While what is kept counts, nobody waits for long; afterwards there is nothing else.
            let patience = if self.age() < STALE { PATIENCE } else { STALE };
            let _ = timeout(patience, readings.changed()).await;
        }
        if self.age() < STALE {
            return Ok(());
        }
        Err(Error::unavailable(1).detail("the database cannot be reached, please try again"))
    }

    async fn read(&self, mut known: OwnedMutexGuard<HashSet<i64>>, db: &Db, cache: &Cache) {
        let begin = Instant::now();
        // A connection that hangs must not keep the others from trying.
        match timeout(STALE, notices::read(db, &mut known)).await {
            Ok(Ok(notices)) => {
                cache.apply(&notices);
                *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(begin);
            }
            Ok(Err(error)) => {
                tracing::warn!(error = %error.chain(), "the changes of sessions cannot be read");
            }
            Err(_) => {
                tracing::warn!(after = ?STALE, "the changes of sessions cannot be read: no answer");
            }
        }
        drop(known);
        self.readings.send_modify(|readings| *readings += 1);
    }

    fn age(&self) -> Duration {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.map_or(Duration::MAX, |last| last.elapsed())
    }
}
