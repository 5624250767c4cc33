//! The service that hashes and checks passwords, on threads of their own.

use std::{fmt, sync::Arc, thread::available_parallelism};

use tokio::sync::{Semaphore, TryAcquireError};

use super::{
    check::PasswordCheck,
    hash,
    policy::{self, BreachCheck, PasswordContext, PasswordRefusal, Policy},
};
use crate::{
    config::PasswordConfig,
    error::{Error, Result},
};

/// The number of requests that wait for each that hashes; further ones are refused. At 0.2 s for a hash the last of them waits for 6 s.
const WAITING: usize = 32;

/// The hashing and checking of passwords, a handle of the [context](crate::context::AppContext): `ctx.get::<Passwords>()`.
///
/// A hash takes a fifth of a second of a processor by design. So at most half of the processors hash at a time, a bounded number of requests
/// waits for them, and further ones are refused with 503.
///
/// ```
/// use fw::{auth::{PasswordContext, Passwords}, config::PasswordConfig};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> fw::Result<()> {
/// # let config = PasswordConfig { bcrypt_cost: 4, ..PasswordConfig::default() };
/// let passwords = Passwords::new(&config, ["blog"]);
///
/// // A new password of an account:
/// let ada = PasswordContext::of(["ada@example.com", "Ada Lovelace"]);
/// let refusal = passwords.check("passwordpassword", &ada).await.unwrap_err();
/// assert_eq!(refusal.at("/password").field_errors()[0].code, "common_password");
/// let password = "the tide turns at noon";
/// passwords.check(password, &ada).await.map_err(|refusal| refusal.at("/password"))?;
/// let stored = passwords.hash(password).await?;
///
/// // A sign-in; the hash of an unknown account is `None`.
/// assert!(passwords.verify(password, Some(&stored)).await?.matches);
/// assert!(!passwords.verify(password, None).await?.matches);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Passwords {
    cost: u32,
    policy: Arc<Policy>,
    breaches: Option<Arc<dyn BreachCheck>>,
    /// The hashes that may be made at a time.
    running: Arc<Semaphore>,
    /// The requests that may hash or wait.
    admitted: Arc<Semaphore>,
}

impl Passwords {
    /// A service with the rules and the cost of a configuration. `words` are those of the application: its name and its host.
    pub fn new<T: AsRef<str>>(config: &PasswordConfig, words: impl IntoIterator<Item = T>) -> Self {
        let own = words
            .into_iter()
            .flat_map(|word| policy::words(word.as_ref()));
        let configured = config
            .context_words
            .iter()
            .flat_map(|word| policy::words(word));
        let processors = available_parallelism().map_or(1, usize::from);
        let at_a_time = (processors / 2).max(1);
        Self {
            cost: config.bcrypt_cost,
            policy: Arc::new(Policy {
                min_length: config.min_length,
                min_length_with_second_factor: config.min_length_with_second_factor,
                words: own.chain(configured).collect(),
            }),
            breaches: None,
            running: Arc::new(Semaphore::new(at_a_time)),
            admitted: Arc::new(Semaphore::new(at_a_time * (1 + WAITING))),
        }
    }

    /// The same service with a check for passwords that have leaked. `Hooks::after_context` adds it:
    ///
    /// ```
    /// # use fw::{auth::{BreachCheck, Passwords}, prelude::*};
    /// async fn after_context(ctx: AppContext, leaked: impl BreachCheck) -> Result<AppContext> {
    ///     let passwords = ctx.get::<Passwords>().cloned();
    ///     Ok(match passwords {
    ///         Some(passwords) => ctx.with(passwords.with_breach_check(leaked)),
    ///         None => ctx,
    ///     })
    /// }
    /// ```
    #[must_use]
    pub fn with_breach_check(mut self, check: impl BreachCheck) -> Self {
        self.breaches = Some(Arc::new(check));
        self
    }

    /// Checks whether a new password is acceptable.
    pub async fn check(
        &self,
        password: &str,
        context: &PasswordContext,
    ) -> Result<(), PasswordRefusal> {
        self.policy.check(password, context)?;
        match &self.breaches {
            Some(check) if policy::is_breached(&**check, password).await => {
                Err(PasswordRefusal::Breached)
            }
            _ => Ok(()),
        }
    }

    /// Checks a new password, and returns its hash.
    ///
    /// Fails with 422 at `/password` if it is not acceptable, and with 503 while too many others are hashed.
    ///
    /// ```
    /// use fw::{auth::{PasswordContext, Passwords}, error::Result};
    ///
    /// async fn hash_of_body(passwords: &Passwords, email: &str, password: &str) -> Result<String> {
    ///     passwords.accept(password, &PasswordContext::of([email])).await
    /// }
    /// ```
    pub async fn accept(&self, password: &str, context: &PasswordContext) -> Result<String> {
        let checked = self.check(password, context).await;
        checked.map_err(|refusal| refusal.at("/password"))?;
        self.hash(password).await
    }

    /// The hash of a password, to be stored.
    ///
    /// Fails with 503 while too many others are hashed.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let (password, cost) = (password.to_owned(), self.cost);
        let hash = self.run(move || hash::hash(&password, cost)).await?;
        hash.map_err(Error::internal)
    }

    /// Checks the password of a sign-in against the stored hash of the account, `None` if there is no such account or it has no password.
    ///
    /// The work, and so the time, is the same whether there is an account or not. Fails with 503 while too many others are checked.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<PasswordCheck> {
        let (password, stored, cost) = (password.to_owned(), stored.map(str::to_owned), self.cost);
        self.run(move || {
            let (matches, own_cost) = hash::verify(&password, stored.as_deref(), cost);
            let is_cheap = matches && own_cost < cost;
            let rehashed = is_cheap.then(|| hash::hash(&password, cost).ok()).flatten();
            PasswordCheck { matches, rehashed }
        })
        .await
    }

    /// Runs work that takes a processor for long. It goes on when the caller is gone, and holds its place until its end.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let admitted = match Arc::clone(&self.admitted).try_acquire_owned() {
            Ok(admitted) => admitted,
            Err(TryAcquireError::NoPermits) => {
                return Err(
                    Error::unavailable(2).detail("too many sign-ins at once, please try again")
                );
            }
            Err(closed @ TryAcquireError::Closed) => return Err(Error::internal(closed)),
        };
        let running = Arc::clone(&self.running).acquire_owned().await;
        let running = running.map_err(Error::internal)?;
        let work = tokio::task::spawn_blocking(move || {
            let done = work();
            drop((running, admitted));
            done
        });
        work.await.map_err(Error::internal)
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords")
            .field("cost", &self.cost)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords(bcrypt_cost: u32) -> Passwords {
        let config = PasswordConfig {
            bcrypt_cost,
            ..PasswordConfig::default()
        };
        Passwords::new(&config, ["blog"])
    }

    const PASSWORD: &str = "the tide turns at noon";

    #[tokio::test]
    async fn attack_020_a_sign_in_makes_a_hash_of_the_present_cost() {
        let old = passwords(4).hash(PASSWORD).await.expect("hashed");
        let present = passwords(5);
        let wrong = present
            .verify("the tide turns at one", Some(&old))
            .await
            .expect("checked");
        assert!(!wrong.matches && wrong.rehashed.is_none());
        let right = present.verify(PASSWORD, Some(&old)).await.expect("checked");
        let new = right.rehashed.expect("a new hash");
        assert!(right.matches && new.starts_with("fw1$2b$05$"), "{new}");
        let again = present.verify(PASSWORD, Some(&new)).await.expect("checked");
        assert!(again.matches && again.rehashed.is_none());
        // A lower cost is no reason to weaken a hash.
        let lower = passwords(4)
            .verify(PASSWORD, Some(&new))
            .await
            .expect("checked");
        assert!(lower.matches && lower.rehashed.is_none());
    }

    #[tokio::test]
    async fn attack_019_too_many_at_once_are_refused_and_none_is_lost() {
        let passwords = passwords(8);
        let places = passwords.admitted.available_permits();
        let sign_ins = (0..places + 20).map(|_| passwords.verify(PASSWORD, None));
        let done = futures_util::future::join_all(sign_ins).await;
        let (answered, refused): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
        assert_eq!((answered.len(), refused.len()), (places, 20));
        for refusal in refused {
            let error = refusal.expect_err("refused");
            assert_eq!(error.status(), 503);
            assert!(error.headers().contains_key("retry-after"));
        }
        assert_eq!(passwords.admitted.available_permits(), places);
    }

    /// A check that answers as it is told.
    struct Check(Option<bool>);

    #[sea_orm::prelude::async_trait::async_trait]
    impl BreachCheck for Check {
        async fn is_breached(&self, _: &str) -> Result<bool> {
            self.0.ok_or_else(Error::not_found)
        }
    }

    /// A check that never answers.
    struct Stuck;

    #[sea_orm::prelude::async_trait::async_trait]
    impl BreachCheck for Stuck {
        async fn is_breached(&self, _: &str) -> Result<bool> {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn attack_008_what_has_leaked_is_refused_unless_that_cannot_be_known() {
        let context = PasswordContext::default();
        let base = || passwords(4);
        let refused = base()
            .with_breach_check(Check(Some(true)))
            .check(PASSWORD, &context)
            .await;
        assert_eq!(refused, Err(PasswordRefusal::Breached));
        for passwords in [
            base().with_breach_check(Check(Some(false))),
            base().with_breach_check(Check(None)),
            base().with_breach_check(Stuck),
        ] {
            assert_eq!(passwords.check(PASSWORD, &context).await, Ok(()));
        }
    }
}
