//! Locks of this process, by key.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

/// The keys that are locked.
#[derive(Clone, Default)]
pub(super) struct Locks(Arc<Mutex<HashSet<i64>>>);

impl Locks {
    /// Takes a lock, unless somebody has it.
    pub(super) fn try_lock(&self, key: i64) -> Option<Lock> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.insert(key).then(|| Lock {
            locks: self.clone(),
            key,
        })
    }
}

/// A lock; it is free again when this is dropped.
pub(super) struct Lock {
    locks: Locks,
    key: i64,
}

impl Drop for Lock {
    fn drop(&mut self) {
        let mut taken = self.locks.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.remove(&self.key);
    }
}
