//! Locks within this process, by key.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

/// A set of locks, by key.
#[derive(Clone, Default)]
pub(super) struct Locks(Arc<Mutex<HashSet<i64>>>);

impl Locks {
    /// Takes a lock; `None` while it is held.
    pub(super) fn try_lock(&self, key: i64) -> Option<Lock> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(key).then(|| Lock {
            locks: self.clone(),
            key,
        })
    }
}

/// A lock guard: the lock is released when it is dropped.
pub(super) struct Lock {
    locks: Locks,
    key: i64,
}

impl Drop for Lock {
    fn drop(&mut self) {
        let mut held = self.locks.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.remove(&self.key);
    }
}
