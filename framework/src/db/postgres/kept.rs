//! Connections between two statements.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::{PgConnection, Postgres, pool::PoolConnection};
use tokio::{
    runtime::Handle,
    time::{Instant, sleep},
};

/// How long a connection stays out of its pool, which looks at its age and closes it when nobody needs it.
const KEEP: Duration = Duration::from_secs(1);

/// A connection that is out of its pool.
pub(super) struct Taken {
    connection: PoolConnection<Postgres>,
    since: Instant,
}

impl Taken {
    pub(super) fn new(connection: PoolConnection<Postgres>) -> Self {
        Self {
            connection,
            since: Instant::now(),
        }
    }
}

impl Deref for Taken {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Taken {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

/// Connections that wait for their next statement outside of the pool: to take one back, the pool sends a ping to the server and
/// waits for it, which costs about as much as a statement itself.
#[derive(Clone, Default)]
pub(super) struct Kept(Arc<Mutex<Connections>>);

#[derive(Default)]
struct Connections {
    waiting: Vec<Taken>,
    /// How many wait for a connection of the pool. They come first.
    wanting: usize,
    /// Somebody looks after them.
    has_keeper: bool,
    /// The runtime that they belong to.
    runtime: Option<Handle>,
    closed: bool,
}

impl Kept {
    fn lock(&self) -> MutexGuard<'_, Connections> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one that was used last. Who gets none holds what he gets instead until he has one of the pool.
    pub(super) fn take(&self) -> Result<Taken, Wanting> {
        let mut connections = self.lock();
        connections
            .waiting
            .pop()
            .ok_or_else(|| self.wanting(&mut connections))
    }

    /// Gives one back to the pool, for who can use only the pool's own. He holds what he gets until he has one.
    pub(super) fn give(&self) -> Wanting {
        let mut connections = self.lock();
        drop(connections.waiting.pop());
        self.wanting(&mut connections)
    }

    fn wanting(&self, connections: &mut Connections) -> Wanting {
        connections.wanting += 1;
        Wanting(self.clone())
    }

    /// Keeps a connection, or gives it back to the pool when somebody waits there, or when it has been away for long.
    pub(super) fn put(&self, taken: Taken) {
        if taken.since.elapsed() > KEEP {
            return;
        }
        let mut connections = self.lock();
        if connections.closed || connections.wanting > 0 {
            return;
        }
        connections.waiting.push(taken);
        if !connections.has_keeper {
            connections.has_keeper = true;
            connections.runtime = Some(Handle::current());
            tokio::spawn(self.clone().give_back());
        }
    }

    /// Gives back what nobody uses any more.
    async fn give_back(self) {
        loop {
            sleep(KEEP).await;
            let mut connections = self.lock();
            connections
                .waiting
                .retain(|taken| taken.since.elapsed() <= KEEP);
            if connections.waiting.is_empty() {
                connections.has_keeper = false;
                return;
            }
        }
    }

    /// Gives all back, now and from now on.
    pub(super) fn close(&self) {
        let mut connections = self.lock();
        connections.closed = true;
        connections.waiting.clear();
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        // Outside of a runtime the pool cannot take them back, and panics.
        let _runtime = self.runtime.as_ref().map(Handle::enter);
        self.waiting.clear();
    }
}

/// Somebody waits for a connection of the pool.
pub(super) struct Wanting(Kept);

impl Drop for Wanting {
    fn drop(&mut self) {
        self.0.lock().wanting -= 1;
    }
}
