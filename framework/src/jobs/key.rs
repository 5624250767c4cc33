//! The key of a job, by which a second one is recognized.

use std::time::Duration;

/// The key of a job: of two jobs of one [`NAME`](super::Job::NAME) with the same key, the second is not enqueued.
///
/// The database decides, so it holds for all processes, and a transaction that is rolled back leaves no key behind.
///
/// ```
/// use std::time::Duration;
/// use fw::jobs::Key;
///
/// Key::once("welcome:7"); // for ever: also after the job is done
/// Key::unfinished("reindex:7"); // while one waits or runs
/// Key::every(Duration::from_secs(3600), "digest:7"); // one an hour
/// Key::none(); // each job is enqueued
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(pub(super) Option<(String, Scope)>);

/// The time for which a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Forever,
    Unfinished,
    Period(Duration),
}

impl Key {
    /// The length of the longest key, in bytes.
    pub const MAX_BYTES: usize = 512;

    /// No key: every job is enqueued, also if it is like another one.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// A key that holds for ever: the job is enqueued once, also after it is done and its record is deleted. Only purging a job that
    /// never ran releases it.
    pub fn once(key: impl Into<String>) -> Self {
        Self(Some((key.into(), Scope::Forever)))
    }

    /// A key that holds while the job waits or runs: until it is done, cancelled, or dead.
    pub fn unfinished(key: impl Into<String>) -> Self {
        Self(Some((key.into(), Scope::Unfinished)))
    }

    /// A key that holds for `period`, above zero, from when the job is enqueued, whatever becomes of it.
    pub fn every(period: Duration, key: impl Into<String>) -> Self {
        Self(Some((key.into(), Scope::Period(period))))
    }
}
