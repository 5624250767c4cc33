//! The clock of an SQLite connection, and what stops a statement that nobody waits for.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// A statement that is running. Dropped before it has finished (the client has gone, the request has timed out), it
/// interrupts the statement.
pub(super) struct Running<'a> {
    watch: &'a Watch,
    finished: bool,
}

impl<'a> Running<'a> {
    pub(super) fn start(watch: &'a Watch, timeout: Duration) -> Self {
        watch.set(timeout);
        Self {
            watch,
            finished: false,
        }
    }

    /// The statement has come to its end.
    pub(super) fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.finished {
            self.watch.deadline.store(0, Ordering::Relaxed);
        } else {
            self.watch.abandon();
        }
    }
}

/// What the progress handler of a connection looks at.
#[derive(Default)]
pub(super) struct Watch {
    /// When the statement is interrupted: milliseconds since the process began, or 0 for never.
    deadline: AtomicU64,
    /// Nobody waits for the statement any more. It stays so until the connection is back in its pool: the next user of the
    /// lane must not set a new deadline for the old statement.
    abandoned: AtomicBool,
    /// The connection must be looked at before it is used again.
    suspect: AtomicBool,
}

static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

fn now() -> u64 {
    // 1 is the earliest moment, so that 0 can mean "never".
    u64::try_from(EPOCH.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
}

impl Watch {
    fn set(&self, timeout: Duration) {
        let timeout = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        self.deadline
            .store(now().saturating_add(timeout), Ordering::Relaxed);
    }

    fn abandon(&self) {
        self.suspect();
        self.abandoned.store(true, Ordering::Relaxed);
    }

    /// The connection must be looked at before it is used again.
    pub(super) fn suspect(&self) {
        self.suspect.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_suspect(&self) -> bool {
        self.suspect.load(Ordering::Relaxed)
    }

    /// Nothing runs on the connection, and it is sound.
    pub(super) fn trust(&self) {
        self.abandoned.store(false, Ordering::Relaxed);
        self.suspect.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_over(&self) -> bool {
        let deadline = self.deadline.load(Ordering::Relaxed);
        self.abandoned.load(Ordering::Relaxed) || (deadline != 0 && now() > deadline)
    }
}
