//! The limits of a caller, who is known once the access rule of a handler has let them in.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use http::{HeaderMap, request::Parts};

use crate::{
    error::Error,
    limits::{Client, Limit, Limits, Standing},
};

/// The limits that apply to a request, in its extensions: the middleware has chosen them by method and path.
#[derive(Clone)]
pub(crate) struct RequestLimits(Arc<Inner>);

struct Inner {
    limits: Limits,
    by_caller: Vec<Arc<Limit>>,
    /// The address of the client, which stands for a caller who is unknown.
    address: Option<Vec<u8>>,
    standings: Mutex<Vec<Standing>>,
    /// True once the caller is counted: an access rule may be asked twice.
    is_counted: AtomicBool,
}

impl RequestLimits {
    pub(crate) fn new(
        limits: Limits,
        by_caller: Vec<Arc<Limit>>,
        address: Option<Vec<u8>>,
    ) -> Self {
        Self(Arc::new(Inner {
            limits,
            by_caller,
            address,
            standings: Mutex::default(),
            is_counted: AtomicBool::new(false),
        }))
    }

    /// Counts the request for its address in a limit.
    pub(crate) async fn check_address(&self, limit: &Limit) -> Result<(), Error> {
        match &self.0.address {
            Some(address) => self.check(limit, address).await,
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
                Some(caller) => self.check(limit, &Client::Caller(caller).subject()).await?,
                None => self.check_address(limit).await?,
            }
        }
        Ok(())
    }

    async fn check(&self, limit: &Limit, subject: &[u8]) -> Result<(), Error> {
        let standing = self.0.limits.standing(limit, subject).await;
        let refusal = (!standing.is_granted()).then(|| standing.refusal());
        self.standings().push(standing);
        refusal.map_or(Ok(()), Err)
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

/// The limits of a request that count its caller, if there are any.
pub(super) fn of_caller(parts: &Parts) -> Option<RequestLimits> {
    let limits = parts.extensions.get::<RequestLimits>()?;
    (!limits.0.by_caller.is_empty()).then(|| limits.clone())
}
