//! Routes that show the jobs, and replay, cancel and delete them, where an application mounts them.

use axum::extract::State;
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::Deserialize;

use super::actions;
use crate::{
    context::AppContext,
    controller::{Access, Json, NoContent, Paginated, Path, Routes, ValidQuery, delete, get, post},
    error::Result,
    queue::store::{self, BatchId, JobDetail, JobFilter, JobId, JobRecord, Stats},
};

/// The number of jobs on a page, if the client does not say how many.
const PAGE: u32 = 20;

/// The routes that show the jobs, and replay, cancel and delete them, below `path`, for callers that the access type `A` lets in.
///
/// Jobs are shown with their arguments, which may be personal data: choose an access type for administrators.
///
/// ```
/// use fw::{axum::extract::FromRequestParts, http::request::Parts, jobs, prelude::*};
///
/// /// Administrators.
/// struct Admin;
///
/// impl Access for Admin {
///     fn rule() -> String {
///         "admin".to_owned()
///     }
/// }
///
/// impl FromRequestParts<AppContext> for Admin {
///     type Rejection = Error;
///
///     async fn from_request_parts(parts: &mut Parts, _: &AppContext) -> Result<Self> {
///         // A real one looks at a session, or at a token.
///         parts.headers.contains_key("x-admin").then_some(Self).ok_or_else(Error::forbidden)
///     }
/// }
///
/// // In `Hooks::routes`:
/// let routes = Routes::new().merge(jobs::routes::<Admin>("/admin/jobs"));
/// assert!(routes.list().iter().all(|route| route.access == "admin"));
/// ```
///
/// | route | |
/// |---|---|
/// | `GET /` | a page of jobs, newest first; `?state=`, `queue`, `name`, `batch`, `finished_before`, `limit`, `cursor` |
/// | `GET /stats` | the numbers of each queue, and the processes that run jobs |
/// | `GET /{id}` | a job with its arguments, the errors of its tries and the results of its steps |
/// | `POST /{id}/retry` | runs a dead or cancelled job again, with all its tries |
/// | `POST /{id}/cancel` | cancels a job; one that runs is cut off within half a beat |
/// | `DELETE /{id}` | deletes a job that has ended |
/// | `POST /queues/{queue}/pause`, `/resume` | stops and continues a queue |
///
/// The JSON is that of the command `jobs` with `--json`. A job or queue that does not exist is a 404; what its state does not allow, a 409.
pub fn routes<A: Access>(path: impl Into<String>) -> Routes {
    Routes::at(path).with([
        get("/", list::<A>).summary("List background jobs"),
        get("/stats", stats::<A>).summary("Count background jobs"),
        get("/{id}", show::<A>).summary("Show a background job"),
        delete("/{id}", purge::<A>).summary("Delete a background job that has ended"),
        post("/{id}/retry", retry::<A>).summary("Run a dead or cancelled background job again"),
        post("/{id}/cancel", cancel::<A>).summary("Cancel a background job"),
        post("/queues/{queue}/pause", pause::<A>).summary("Pause a queue of background jobs"),
        post("/queues/{queue}/resume", resume::<A>).summary("Resume a queue of background jobs"),
    ])
}

/// The query of a list of jobs.
#[derive(Debug, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct JobsQuery {
    /// Only jobs in this state
    #[garde(skip)]
    state: Option<store::State>,
    /// Only jobs of this queue
    #[garde(skip)]
    queue: Option<String>,
    /// Only jobs of this name
    #[garde(skip)]
    name: Option<String>,
    /// Only jobs of this batch
    #[garde(skip)]
    batch: Option<BatchId>,
    /// Only jobs that have ended before this time
    #[garde(skip)]
    finished_before: Option<DateTime<Utc>>,
    /// The number of jobs on the page, at most 100; 20 by default
    #[garde(range(min = 1, max = 100))]
    limit: Option<u32>,
    /// The `next_cursor` of the page before
    #[garde(skip)]
    cursor: Option<JobId>,
}

async fn list<A: Access>(
    _: A,
    State(ctx): State<AppContext>,
    ValidQuery(query): ValidQuery<JobsQuery>,
) -> Result<Paginated<JobRecord>> {
    let filter = JobFilter {
        states: query.state.into_iter().collect(),
        queue: query.queue,
        name: query.name,
        batch: query.batch,
        finished_before: query.finished_before,
    };
    let limit = query.limit.unwrap_or(PAGE);
    let (jobs, last) = actions::page(&ctx, &filter, query.cursor, limit).await?;
    let next = last.map(|id| id.to_string());
    Ok(Paginated::by_cursor(jobs, next))
}

async fn stats<A: Access>(_: A, State(ctx): State<AppContext>) -> Result<Json<Stats>> {
    Ok(Json(ctx.queue.stats().await?))
}

async fn show<A: Access>(
    _: A,
    State(ctx): State<AppContext>,
    Path(id): Path<JobId>,
) -> Result<Json<JobDetail>> {
    actions::find(&ctx, id).await.map(Json)
}

async fn retry<A: Access>(
    _: A,
    State(ctx): State<AppContext>,
    Path(id): Path<JobId>,
) -> Result<Json<JobDetail>> {
    actions::retry(&ctx, id).await?;
    actions::find(&ctx, id).await.map(Json)
}

async fn cancel<A: Access>(
    _: A,
    State(ctx): State<AppContext>,
    Path(id): Path<JobId>,
) -> Result<Json<JobDetail>> {
    actions::cancel(&ctx, id).await?;
    actions::find(&ctx, id).await.map(Json)
}

async fn purge<A: Access>(
    _: A,
    State(ctx): State<AppContext>,
    Path(id): Path<JobId>,
) -> Result<NoContent> {
    actions::purge(&ctx, id).await?;
    Ok(NoContent)
}

async fn pause<A: Access>(
    _: A,
    State(ctx): State<AppContext>,
    Path(queue): Path<String>,
) -> Result<NoContent> {
    actions::pause(&ctx, &queue).await?;
    Ok(NoContent)
}

async fn resume<A: Access>(
    _: A,
    State(ctx): State<AppContext>,
    Path(queue): Path<String>,
) -> Result<NoContent> {
    actions::resume(&ctx, &queue).await?;
    Ok(NoContent)
}
