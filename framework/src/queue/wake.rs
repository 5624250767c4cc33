//! Wake-ups: what tells a process that runs jobs that there may be a new one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::{ConnectionTrait, DbBackend};
use tokio::{runtime::Handle, sync::Notify, time::sleep};

#[cfg(feature = "redis")]
use super::store::RedisStore;
use super::store::StoreError;
use crate::db::{Db, changes::News};

/// The channel of PostgreSQL on which processes wake each other.
const CHANNEL: &str = "fw_jobs";

/// The news of jobs: some are ready, or the time of the next one has changed. Most commits on SQLite are none of jobs, and a claim, which
/// each would otherwise cause, takes the lock of the one writer.
pub(super) const NEWS: News = News {
    channel: CHANNEL,
    query: "SELECT EXISTS (SELECT 1 FROM fw_jobs WHERE state = 'ready'), \
        (SELECT min(run_at) FROM fw_jobs WHERE state = 'scheduled')",
};

/// The time in which wake-ups of other processes are brought together: `NOTIFY` takes a lock of the whole server at the commit.
const COALESCE: Duration = Duration::from_millis(10);

/// The wake-ups of a queue. Cheap to clone; every clone wakes the same.
///
/// A wake-up is a hint that may be lost or come twice: whoever waits for one looks now and then without it.
#[derive(Clone)]
pub(crate) struct WakeUps {
    here: Arc<Here>,
    announcer: Option<Arc<Announcer>>,
    /// Whether this process hears of what others enqueue.
    is_listening: Arc<AtomicBool>,
}

/// The wake-ups of this process. Those who wait are woken in their order, so that a simulation is the same each time.
#[derive(Default)]
struct Here {
    count: AtomicU64,
    changed: Notify,
}

/// Tells other processes, through the place where the jobs are.
struct Announcer {
    place: Place,
    is_pending: AtomicBool,
}

/// The place through which processes tell each other of new jobs.
pub(super) enum Place {
    /// A database, by `NOTIFY`.
    Database(Db),
    /// A Redis server, by `PUBLISH`.
    #[cfg(feature = "redis")]
    Redis(RedisStore),
}

impl WakeUps {
    /// Wake-ups within this process, and those of others if the jobs are in `place` and it can notify them.
    pub(super) fn new(place: Option<Place>) -> Self {
        let notifying = place.filter(|place| match place {
            Place::Database(db) => db.backend() == DbBackend::Postgres,
            #[cfg(feature = "redis")]
            Place::Redis(_) => true,
        });
        let announcer = notifying.map(|place| Announcer {
            place,
            is_pending: AtomicBool::new(false),
        });
        Self {
            here: Arc::default(),
            announcer: announcer.map(Arc::new),
            is_listening: Arc::default(),
        }
    }

    /// Wakes this process, and soon the others.
    pub(crate) fn wake_all(&self) {
        self.wake_this_process();
        if let Some(announcer) = &self.announcer {
            announcer.announce();
        }
    }

    /// Wakes other processes at once, before this one ends.
    pub(crate) async fn announce(&self) {
        if let Some(announcer) = &self.announcer {
            announcer.notify().await;
        }
    }

    /// Wakes this process, which others have told.
    pub(crate) fn wake_this_process(&self) {
        self.here.count.fetch_add(1, Ordering::Release);
        self.here.changed.notify_waiters();
    }

    /// Notes whether this process hears of what others enqueue.
    pub(crate) fn set_listening(&self, is_listening: bool) {
        self.is_listening.store(is_listening, Ordering::Relaxed);
    }

    /// Returns true if this process hears of what others enqueue, so that it needs to look less often.
    pub(crate) fn come_from_others(&self) -> bool {
        self.is_listening.load(Ordering::Relaxed)
    }

    /// A receiver of wake-ups.
    pub(crate) fn listen(&self) -> Waiter {
        Waiter {
            seen: self.here.count.load(Ordering::Acquire),
            here: Arc::clone(&self.here),
        }
    }
}

impl Announcer {
    fn announce(self: &Arc<Self>) {
        // Without a runtime the process is about to end, and the others look by themselves.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if self.is_pending.swap(true, Ordering::AcqRel) {
            return;
        }
        let announcer = Arc::clone(self);
        runtime.spawn(async move {
            sleep(COALESCE).await;
            // What is enqueued from here on needs another one.
            announcer.is_pending.store(false, Ordering::Release);
            announcer.notify().await;
        });
    }

    async fn notify(&self) {
        let told: Result<(), StoreError> = match &self.place {
            Place::Database(db) => {
                let notify = format!("SELECT pg_notify('{CHANNEL}', '')");
                let told = db.execute_unprepared(&notify).await;
                told.map(drop).map_err(StoreError::from)
            }
            #[cfg(feature = "redis")]
            Place::Redis(store) => store.wake_others().await,
        };
        if let Err(error) = told {
            tracing::debug!(%error, "other processes are not told of new jobs, and find them by themselves");
        }
    }
}

/// A receiver of wake-ups. None is missed between [`seen`](Self::seen) and [`wait`](Self::wait).
pub(crate) struct Waiter {
    here: Arc<Here>,
    seen: u64,
}

impl Waiter {
    /// Forgets the wake-ups so far: the caller is about to look.
    pub(crate) fn seen(&mut self) {
        self.seen = self.here.count.load(Ordering::Acquire);
    }

    /// Waits for a wake-up since the last call of [`seen`](Self::seen).
    pub(crate) async fn wait(&mut self) {
        while self.here.count.load(Ordering::Acquire) == self.seen {
            let changed = self.here.changed.notified();
            // One may have come before this one waits.
            if self.here.count.load(Ordering::Acquire) == self.seen {
                changed.await;
            }
        }
    }
}
