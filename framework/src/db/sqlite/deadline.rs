//! The deadline of the statement that runs on an SQLite connection.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// A guard of a running statement. If it is dropped before the statement has ended (the client has disconnected, the request has
/// timed out), it interrupts the statement.
pub(super) struct StatementGuard<'a> {
    deadline: &'a StatementDeadline,
    has_ended: bool,
}

impl<'a> StatementGuard<'a> {
    pub(super) fn start(deadline: &'a StatementDeadline, timeout: Duration) -> Self {
        deadline.set(timeout);
        Self {
            deadline,
            has_ended: false,
        }
    }

    /// Restarts the timeout: the statement goes on with its next rows.
    pub(super) fn extend(&self, timeout: Duration) {
        self.deadline.set(timeout);
    }

    /// Records the end of the statement.
    pub(super) fn end(mut self) {
        self.has_ended = true;
    }
}

impl Drop for StatementGuard<'_> {
    fn drop(&mut self) {
        if self.has_ended {
            self.deadline.at.store(0, Ordering::Relaxed);
        } else {
            self.deadline.interrupted.store(true, Ordering::Relaxed);
        }
    }
}

/// The deadline that the progress handler of a connection checks.
#[derive(Default)]
pub(super) struct StatementDeadline {
    /// The time at which the statement is interrupted: milliseconds since the process began, or 0 for never.
    at: AtomicU64,
    /// True once the statement is cancelled. It stays true until the connection is reset: the next statement must not set a new
    /// deadline for the old one.
    interrupted: AtomicBool,
}

static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

fn now() -> u64 {
    // 1 is the earliest moment, so that 0 can mean "never".
    u64::try_from(EPOCH.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
}

impl StatementDeadline {
    fn set(&self, timeout: Duration) {
        let timeout = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        self.at
            .store(now().saturating_add(timeout), Ordering::Relaxed);
    }

    /// Clears the deadline and the cancellation.
    pub(super) fn clear(&self) {
        self.at.store(0, Ordering::Relaxed);
        self.interrupted.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_over(&self) -> bool {
        let at = self.at.load(Ordering::Relaxed);
        self.interrupted.load(Ordering::Relaxed) || (at != 0 && now() > at)
    }
}
