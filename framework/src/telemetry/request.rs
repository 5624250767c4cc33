//! The request that the present work belongs to, for what goes on after it: jobs carry it on to their own log lines.

#[cfg(feature = "audit")]
use std::net::IpAddr;

use http::HeaderValue;

use super::TraceParent;

tokio::task_local! {
    /// A task that the work spawns does not inherit it.
    static CURRENT: RequestContext;
}

/// The request that some work belongs to, as far as it is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestContext {
    /// The id, as in the header `x-request-id`.
    pub(crate) id: Option<HeaderValue>,
    /// The place in the trace of whoever has sent it.
    pub(crate) trace: Option<TraceParent>,
    /// The address of the client.
    #[cfg(feature = "audit")]
    pub(crate) client: Option<IpAddr>,
    /// The user agent of the client.
    #[cfg(feature = "audit")]
    pub(crate) user_agent: Option<HeaderValue>,
}

impl RequestContext {
    /// The request with an id, if that can be the value of a header.
    pub(crate) fn new(id: Option<&str>, trace: Option<TraceParent>) -> Self {
        let id = id.and_then(|id| HeaderValue::from_str(id).ok());
        Self {
            id,
            trace,
            ..Self::default()
        }
    }

    /// Returns true if nothing is known.
    pub(crate) fn is_unknown(&self) -> bool {
        #[cfg(feature = "audit")]
        if self.client.is_some() || self.user_agent.is_some() {
            return false;
        }
        self.id.is_none() && self.trace.is_none()
    }

    /// The id as text.
    pub(crate) fn id_text(&self) -> Option<&str> {
        self.id.as_ref()?.to_str().ok()
    }
}

/// Runs `work`, which belongs to this request.
pub(crate) fn within_request<F: Future>(
    request: RequestContext,
    work: F,
) -> impl Future<Output = F::Output> {
    CURRENT.scope(request, work)
}

/// The request that the caller belongs to.
pub(crate) fn current_request() -> Option<RequestContext> {
    CURRENT.try_with(Clone::clone).ok()
}
