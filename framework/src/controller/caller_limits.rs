//! The limits of a caller, who is known once the access rule of a handler has let them in.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};
#[cfg(feature = "audit")]
use std::time::Duration;

use http::{HeaderMap, request::Parts};

use crate::{
    context::AppContext,
    error::Error,
    limits::{Client, Limit, Standing},
};

/// The limits that apply to a request, in its extensions: the middleware has chosen them by method and path.
#[derive(Clone)]
pub(crate) struct RequestLimits(Arc<Inner>);

struct Inner {
    ctx: AppContext,
    by_caller: Vec<Arc<Limit>>,
    /// The address of the client, which stands for a caller who is unknown.
    address: Option<Vec<u8>>,
    standings: Mutex<Vec<Standing>>,
    /// True once the caller is counted: an access rule may be asked twice.
    is_counted: AtomicBool,
}

impl RequestLimits {
    pub(crate) fn new(
        ctx: AppContext,
        by_caller: Vec<Arc<Limit>>,
        address: Option<Vec<u8>>,
    ) -> Self {
        Self(Arc::new(Inner {
            ctx,
            by_caller,
            address,
            standings: Mutex::default(),
            is_counted: AtomicBool::new(false),
        }))
    }

    /// Counts the request for its address in a limit.
    pub(crate) async fn check_address(&self, limit: &Limit) -> Result<(), Error> {
        match &self.0.address {
            Some(address) => self.check(limit, address, "anyone").await,
            // A request without a connection, as in tests.
            None => Ok(()),
        }
    }

    /// Counts the request for its caller, once.
    pub(super) async fn check_caller(&self, caller: Option<String>) -> Result<(), Error> {
        if self.0.is_counted.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        for limit in &self.0.by_caller {
            match &caller {
                Some(caller) => {
                    let subject = Client::Caller(caller).subject();
                    self.check(limit, &subject, caller).await?;
                }
                None => self.check_address(limit).await?,
            }
        }
        Ok(())
    }

    async fn check(&self, limit: &Limit, subject: &[u8], actor: &str) -> Result<(), Error> {
        let standing = self.0.ctx.limits.standing(limit, subject).await;
        let refusal = (!standing.is_granted()).then(|| standing.refusal());
        self.standings().push(standing);
        let Some(refusal) = refusal else {
            return Ok(());
        };
        // Boxed, as every request with limits would be as large.
        Box::pin(log(&self.0.ctx, limit, subject, actor)).await;
        Err(refusal)
    }

    /// Adds the headers that tell the client where it stands.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap) {
        for standing in self.standings().iter() {
            standing.add_to(headers);
        }
    }

    fn standings(&self) -> MutexGuard<'_, Vec<Standing>> {
        let standings = self.0.standings.lock();
        standings.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the event of a refusal: one for each client in the time of the limit, and one a second of all clients, so that a flood is refused at no
/// cost.
#[cfg(feature = "audit")]
async fn log(ctx: &AppContext, limit: &Limit, subject: &[u8], actor: &str) {
    const OF_ALL: Limit = Limit::new("refusal-events", 60, Duration::from_mins(1));
    let events = limit.once("events");
    let is_first = ctx.limits.standing(&events, subject).await.is_granted();
    if !is_first || !ctx.limits.take(&OF_ALL, limit.name()).await {
        return;
    }
    let target = format!("limits:{}", limit.name());
    if let Err(error) = ctx.audit_alone(actor, "limit.exceeded", target).await {
        tracing::warn!(error = %error.chain(), "the event of a refused request cannot be written");
    }
}

#[cfg(not(feature = "audit"))]
#[expect(clippy::unused_async, reason = "as with the feature `audit`")]
async fn log(_: &AppContext, _: &Limit, _: &[u8], _: &str) {}

/// The limits of a request that count its caller, if there are any.
pub(super) fn of_caller(parts: &Parts) -> Option<RequestLimits> {
    let limits = parts.extensions.get::<RequestLimits>()?;
    (!limits.0.by_caller.is_empty()).then(|| limits.clone())
}
