//! The sessions that a process has seen, with the standing of their accounts.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use sea_orm::prelude::Uuid;

use super::{identity::Identity, notices::Notice};
use crate::auth::{Standing, TokenHash};

/// The time for which an entry is used at most. Notices say what has changed; this bounds what a lost one can do.
const LONGEST: Duration = Duration::from_mins(1);

/// The number of entries of each of the two generations.
const GENERATION: usize = 5_000;

/// The credential by which a session is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::auth) enum Credential {
    /// The cookie of a browser.
    Cookie(TokenHash),
    /// The session id in an access token, whose signature is right.
    Token(Uuid),
    /// An API key.
    ApiKey(TokenHash),
}

/// A session or an API key, with the standing of its account.
#[derive(Debug)]
pub(in crate::auth) struct Live {
    pub(in crate::auth) identity: Identity,
    pub(in crate::auth) standing: Standing,
    /// The time of the last request, in seconds since 1970.
    seen: AtomicI64,
    loaded: Instant,
}

impl Live {
    pub(super) fn new(identity: Identity, standing: Standing) -> Self {
        Self {
            seen: identity.seen_at().timestamp().into(),
            identity,
            standing,
            loaded: Instant::now(),
        }
    }

    /// The time of the last request that is known here.
    pub(super) fn seen_at(&self) -> DateTime<Utc> {
        let seen = self.seen.load(Ordering::Relaxed);
        DateTime::from_timestamp(seen, 0).unwrap_or_else(|| self.identity.seen_at())
    }

    /// Notes a request. Returns true if the time is to be stored: it is `interval` after the last one that was.
    pub(super) fn see(&self, now: DateTime<Utc>, interval: Duration) -> bool {
        let seen = self.seen.load(Ordering::Relaxed);
        let is_due = now.timestamp().saturating_sub(seen) >= interval.as_secs().cast_signed();
        let exchange = || {
            self.seen
                .compare_exchange(seen, now.timestamp(), Ordering::Relaxed, Ordering::Relaxed)
        };
        is_due && exchange().is_ok()
    }
}

/// The entries, in two generations: when the younger one is full, the older one is forgotten. So the memory is bounded, and what is in
/// use stays.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    young: HashMap<Credential, Arc<Live>>,
    old: HashMap<Credential, Arc<Live>>,
    /// The number of changes so far.
    changes: u64,
}

impl Cache {
    pub(super) fn get(&self, credential: &Credential) -> Option<Arc<Live>> {
        let mut entries = self.entries();
        let live = entries.young.get(credential).cloned().or_else(|| {
            let live = entries.old.remove(credential)?;
            entries.add(*credential, Arc::clone(&live));
            Some(live)
        })?;
        (live.loaded.elapsed() < LONGEST).then_some(live)
    }

    /// The number of changes so far, to be asked before a session is read.
    pub(super) fn changes(&self) -> u64 {
        self.entries().changes
    }

    /// Adds an entry, unless something has changed since it was read: that may have been about it.
    pub(super) fn add(&self, credential: Credential, live: Arc<Live>, changes: u64) {
        let mut entries = self.entries();
        if entries.changes == changes {
            entries.add(credential, live);
        }
    }

    /// Forgets what notices are about.
    pub(super) fn apply(&self, notices: &[Notice]) {
        if notices.is_empty() {
            return;
        }
        let mut entries = self.entries();
        entries.changes += 1;
        let is_kept = |_: &Credential, live: &mut Arc<Live>| {
            !notices.iter().any(|notice| notice.is_about(&live.identity))
        };
        entries.young.retain(is_kept);
        entries.old.retain(is_kept);
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        let entries = self.entries();
        entries.young.len() + entries.old.len()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn add(&mut self, credential: Credential, live: Arc<Live>) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(credential, live);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{AccountKey, Grants, Session, SessionKind};

    fn live(account: i64) -> Arc<Live> {
        let now = Utc::now();
        let session = Session {
            id: Uuid::from_u128(account.cast_unsigned().into()),
            account: account.into(),
            kind: SessionKind::Token,
            authenticated_at: now,
            factors: String::new(),
            is_remembered: false,
            ip: None,
            user_agent: None,
            created_at: now,
            seen_at: now,
            expires_at: now,
            impersonator: None,
        };
        Arc::new(Live::new(
            Identity::Session(Arc::new(session)),
            Standing::active(Grants::default()),
        ))
    }

    fn credential(account: i64) -> Credential {
        Credential::Token(Uuid::from_u128(account.cast_unsigned().into()))
    }

    fn notice(account: Option<i64>, session: Option<u128>) -> Notice {
        Notice {
            account: account.map(AccountKey::from),
            session: session.map(Uuid::from_u128),
        }
    }

    #[test]
    fn attack_059_the_memory_is_bounded_and_what_is_in_use_stays() {
        let cache = Cache::default();
        for account in 0..50_000 {
            cache.add(credential(account), live(account), 0);
            assert!(account < 1 || cache.get(&credential(1)).is_some());
        }
        assert!(cache.len() <= 2 * GENERATION);
        assert!(cache.get(&credential(2)).is_none());
    }

    #[test]
    fn notices_take_the_sessions_that_they_are_about() {
        let cache = Cache::default();
        for account in 1..=3 {
            cache.add(credential(account), live(account), 0);
        }
        cache.apply(&[notice(Some(1), None), notice(None, Some(2))]);
        assert!(cache.get(&credential(1)).is_none());
        assert!(cache.get(&credential(2)).is_none());
        assert!(cache.get(&credential(3)).is_some());
        cache.apply(&[Notice::of_all()]);
        assert!(cache.get(&credential(3)).is_none());
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let cache = Cache::default();
        let changes = cache.changes();
        cache.apply(&[notice(Some(1), None)]);
        cache.add(credential(1), live(1), changes);
        assert!(cache.get(&credential(1)).is_none());
        cache.add(credential(1), live(1), cache.changes());
        assert!(cache.get(&credential(1)).is_some());
    }
}
