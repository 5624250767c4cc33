//! The id of the request that the present work belongs to, for what goes on after it: jobs carry it on to their own log lines.

use http::HeaderValue;

tokio::task_local! {
    /// The id, as in the header `x-request-id`. A task that the work spawns does not inherit it.
    static CURRENT: HeaderValue;
}

/// Runs `work`, which belongs to the request with this id.
pub(crate) fn within_request<F: Future>(
    id: HeaderValue,
    work: F,
) -> impl Future<Output = F::Output> {
    CURRENT.scope(id, work)
}

/// The id of the request that the caller belongs to.
pub(crate) fn current_request() -> Option<String> {
    CURRENT
        .try_with(|id| id.to_str().ok().map(str::to_owned))
        .ok()
        .flatten()
}
