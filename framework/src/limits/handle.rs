//! The handle of limits, `ctx.limits`.

use std::{fmt, sync::Arc};

#[cfg(feature = "redis")]
use super::redis::Shared;
use super::{
    error::LimitsError,
    key::Key,
    limit::Limit,
    lockout::{Failures, Lockout},
    memory::{Memory, State},
    standing::{self, Standing},
};
use crate::{
    config::{Config, LimitStore},
    error::Result,
};

/// The handle of limits, `ctx.limits`: it counts in the memory of this process, or in Redis for all processes, as
/// `middleware.rate_limit.store` says. Cheap to clone. See [the module](super) for an example.
#[derive(Clone)]
pub struct Limits(Arc<Inner>);

struct Inner {
    limits: Memory,
    lockouts: Memory,
    #[cfg(feature = "redis")]
    shared: Option<Arc<Shared>>,
}

impl Limits {
    /// Limits in the memory of this process.
    pub fn in_memory() -> Self {
        Self(Arc::new(Inner {
            limits: Memory::new(),
            lockouts: Memory::new(),
            #[cfg(feature = "redis")]
            shared: None,
        }))
    }

    /// The limits of an application, as it is configured. Redis is connected to at the first use.
    ///
    /// ```
    /// use fw::{config::Config, limits::{Limits, LimitsError}};
    ///
    /// let limits: Result<Limits, LimitsError> = Limits::open(&Config::default(), "blog");
    /// assert!(limits.is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// When the address of Redis cannot be used, or the feature `redis` is not compiled in.
    pub fn open(config: &Config, app: &str) -> std::result::Result<Self, LimitsError> {
        match config.middleware.rate_limit.store {
            LimitStore::Memory => Ok(Self::in_memory()),
            #[cfg(feature = "redis")]
            LimitStore::Redis => {
                let url = config.middleware.rate_limit.redis_url.as_ref();
                let prefix = config.jobs.redis_prefix.as_deref().unwrap_or(app);
                let shared = url.and_then(|url| Shared::lazy(url.expose(), prefix));
                Ok(Self(Arc::new(Inner {
                    limits: Memory::new(),
                    lockouts: Memory::new(),
                    shared: Some(Arc::new(shared.ok_or(LimitsError::Url)?)),
                })))
            }
            #[cfg(not(feature = "redis"))]
            LimitStore::Redis => {
                let _ = app;
                Err(LimitsError::MissingFeature)
            }
        }
    }

    /// Counts one use of a limit by a subject, such as an account, an address or the name of a host.
    ///
    /// # Errors
    ///
    /// 429 with `Retry-After` if the subject has used the limit up; the use is not counted then.
    pub async fn check(&self, limit: &Limit, subject: &str) -> Result<()> {
        let standing = self.standing(limit, subject.as_bytes()).await;
        if standing.is_granted() {
            return Ok(());
        }
        Err(standing.refusal())
    }

    /// Counts one use of a limit by a subject, and returns whether it was free: for what is silently left out, such as a further mail.
    pub async fn take(&self, limit: &Limit, subject: &str) -> bool {
        self.standing(limit, subject.as_bytes()).await.is_granted()
    }

    /// Begins an attempt of a subject, such as to sign in to an account. It counts as a failure until it is said to have
    /// [succeeded](Attempt::succeeded): many at the same moment get no further than one after another.
    ///
    /// The subject is what a client claims, whether it exists or not: the response must not tell.
    ///
    /// # Errors
    ///
    /// 429 with `Retry-After` if the subject is locked out.
    pub async fn attempt(&self, lockout: &Lockout, subject: &str) -> Result<Attempt> {
        let (number, time) = self.attempt_at(lockout, subject.as_bytes(), None).await;
        if number > 0 {
            return Ok(Attempt {
                number,
                limits: self.clone(),
                name: lockout.name(),
                key: Key::new("lockout", lockout.name(), subject.as_bytes()),
            });
        }
        Err(standing::refusal(standing::seconds(time)))
    }

    /// Ends a lock-out and forgets the failures of a subject: after a password was reset by mail, for example.
    pub async fn forgive(&self, lockout: &Lockout, subject: &str) {
        let key = Key::new("lockout", lockout.name(), subject.as_bytes());
        self.forget(lockout.name(), key).await;
    }

    /// Counts one use of a limit by a subject.
    pub(crate) async fn standing(&self, limit: &Limit, subject: &[u8]) -> Standing {
        let (is_granted, ahead) = self.take_at(limit, subject, None).await;
        Standing::new(limit, is_granted, ahead)
    }

    /// Counts one use of a limit, now or at a time in microseconds that a test chooses. Returns whether it was free, and the time until all
    /// is free again.
    pub(crate) async fn take_at(
        &self,
        limit: &Limit,
        subject: &[u8],
        at: Option<i64>,
    ) -> (bool, i64) {
        let key = Key::new("limit", limit.name(), subject);
        #[cfg(feature = "redis")]
        if let Some(shared) = &self.0.shared
            && let Some(taken) = shared.ask(shared.take(key, limit.gcra(), at)).await
        {
            return taken;
        }
        let memory = &self.0.limits;
        let now = at.unwrap_or_else(|| memory.now());
        memory.change(limit.name(), key, now, |state| {
            let (time, granted) = limit.gcra().take(state.map(|state| state.time), 1, now);
            let state = State {
                failures: 0,
                time,
                expires: time,
            };
            (Some(state), (granted == 1, time - now))
        })
    }

    /// Counts an attempt as a failure, now or at a time in microseconds that a test chooses. Returns its number since the last success, 0 if it is
    /// not allowed, and the time of the lock-out.
    pub(crate) async fn attempt_at(
        &self,
        lockout: &Lockout,
        subject: &[u8],
        at: Option<i64>,
    ) -> (u32, i64) {
        let (key, rule) = (Key::new("lockout", lockout.name(), subject), lockout.rule());
        #[cfg(feature = "redis")]
        if let Some(shared) = &self.0.shared
            && let Some(counted) = shared.ask(shared.attempt(key, rule, at)).await
        {
            return counted;
        }
        let memory = &self.0.lockouts;
        let now = at.unwrap_or_else(|| memory.now());
        memory.change(lockout.name(), key, now, |state| {
            let before = state.map(|state| Failures {
                number: state.failures,
                until: state.time,
            });
            match rule.attempt(before, now) {
                Ok(failures) => {
                    let state = State {
                        failures: failures.number,
                        time: failures.until,
                        expires: rule.expires(failures, now),
                    };
                    (Some(state), (failures.number, failures.until - now))
                }
                Err(until) => (state, (0, until - now)),
            }
        })
    }

    async fn forget(&self, lockout: &str, key: Key) {
        let memory = &self.0.lockouts;
        memory.change(lockout, key, memory.now(), |_| (None, ()));
        #[cfg(feature = "redis")]
        if let Some(shared) = &self.0.shared {
            shared.forget(key).await;
        }
    }

    /// Returns whether all processes count together at present.
    pub(crate) fn are_shared(&self) -> bool {
        #[cfg(feature = "redis")]
        if let Some(shared) = &self.0.shared {
            return shared.is_there();
        }
        false
    }

    /// Checks that the server can be reached, if limits are shared.
    #[cfg_attr(
        not(feature = "redis"),
        expect(clippy::unused_async, reason = "only Redis is a server of its own")
    )]
    pub(crate) async fn ping(&self) -> std::result::Result<(), LimitsError> {
        #[cfg(feature = "redis")]
        if let Some(shared) = &self.0.shared {
            shared.check().await?;
        }
        Ok(())
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").finish_non_exhaustive()
    }
}

/// An attempt that counts as a failure until it has [succeeded](Self::succeeded). See [the module](super) for an example.
#[derive(Debug)]
#[must_use = "an attempt counts as a failure until `succeeded` is called"]
pub struct Attempt {
    number: u32,
    limits: Limits,
    /// That of the lock-out.
    name: &'static str,
    key: Key,
}

impl Attempt {
    /// The number of this attempt since the last success, from 1: that of the failures in a row if it fails.
    ///
    /// ```
    /// use fw::limits::{Limits, Lockout};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> fw::Result<()> {
    /// let limits = Limits::in_memory();
    /// let sign_in = Lockout::after("sign-in", 5);
    /// let _wrong = limits.attempt(&sign_in, "ada").await?;
    /// assert_eq!(limits.attempt(&sign_in, "ada").await?.number(), 2);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Forgets the failures of the subject: this attempt has succeeded.
    pub async fn succeeded(self) {
        self.limits.forget(self.name, self.key).await;
    }
}
