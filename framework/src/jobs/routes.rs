//! Routes that show the jobs, and replay, cancel and delete them, where an application mounts them.

use axum::extract::State;
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::Deserialize;

use crate::{
    context::AppContext,
    controller::{Access, Json, NoContent, Paginated, Path, Routes, ValidQuery, delete, get, post},
    error::{Error, Result},
    queue::store::{
        self, BatchId, Cancelled, JobDetail, JobFilter, JobId, JobRecord, Page, Replayed, Stats,
    },
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
    // One more, which tells whether there is a next page.
    let page = Page {
        before: query.cursor,
        limit: limit + 1,
    };
    let mut jobs = ctx.queue.store().list(&filter, page).await?;
    let limit = limit as usize;
    let has_more = jobs.len() > limit;
    jobs.truncate(limit);
    let last = jobs.last().filter(|_| has_more);
    let next = last.map(|job| job.id.to_string());
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
    find(&ctx, id).await.map(Json)
}

async fn retry<A: Access>(
    _: A,
    State(ctx): State<AppContext>,
    Path(id): Path<JobId>,
) -> Result<Json<JobDetail>> {
    match ctx.queue.store().replay(id, ctx.queue.now()).await? {
        Replayed::As(_) => {}
        Replayed::Not(state) => {
            return Err(conflict(format!(
                "the job is {state}; only dead and cancelled ones can be run again"
            )));
        }
        Replayed::KeyTaken(other) => {
            return Err(conflict(format!(
                "the job {other}, which has not ended, has its key"
            )));
        }
        Replayed::Missing => return Err(Error::not_found()),
    }
    ctx.queue.wake_ups().wake_all();
    find(&ctx, id).await.map(Json)
}

async fn cancel<A: Access>(
    _: A,
    State(ctx): State<AppContext>,
    Path(id): Path<JobId>,
) -> Result<Json<JobDetail>> {
    match ctx.queue.store().cancel(id, ctx.queue.now()).await? {
        Cancelled::From(_) => {}
        Cancelled::Ended(state) => {
            return Err(conflict(format!("the job is {state} already")));
        }
        Cancelled::Missing => return Err(Error::not_found()),
    }
    // Its end may be that of its batch.
    ctx.queue.wake_ups().wake_all();
    find(&ctx, id).await.map(Json)
}

async fn purge<A: Access>(
    _: A,
    State(ctx): State<AppContext>,
    Path(id): Path<JobId>,
) -> Result<NoContent> {
    if ctx.queue.store().purge_one(id, ctx.queue.now()).await? {
        ctx.queue.wake_ups().wake_all();
        return Ok(NoContent);
    }
    let detail = find(&ctx, id).await?;
    let state = detail.job.state;
    Err(conflict(format!(
        "the job is {state}; it can be deleted when it has ended"
    )))
}

async fn pause<A: Access>(
    _: A,
    State(ctx): State<AppContext>,
    Path(queue): Path<String>,
) -> Result<NoContent> {
    check_queue(&ctx, &queue)?;
    ctx.queue.store().pause(&queue, ctx.queue.now()).await?;
    Ok(NoContent)
}

async fn resume<A: Access>(
    _: A,
    State(ctx): State<AppContext>,
    Path(queue): Path<String>,
) -> Result<NoContent> {
    check_queue(&ctx, &queue)?;
    ctx.queue.store().resume(&queue).await?;
    ctx.queue.wake_ups().wake_all();
    Ok(NoContent)
}

async fn find(ctx: &AppContext, id: JobId) -> Result<JobDetail> {
    let detail = ctx.queue.store().show(id).await?;
    detail.ok_or_else(Error::not_found)
}

fn check_queue(ctx: &AppContext, name: &str) -> Result<()> {
    if ctx.queue.queues().contains_key(name) {
        Ok(())
    } else {
        Err(Error::not_found())
    }
}

fn conflict(detail: String) -> Error {
    Error::conflict().detail(detail)
}
