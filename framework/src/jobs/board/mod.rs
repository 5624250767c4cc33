//! The board of background jobs: pages that show the jobs, and buttons that act on them.
//!
//! The pages are HTML without a script, and need nothing but their style sheet. The library that runs the jobs has a board of its own,
//! `apalis-board`. Version 1.0.0 was tried in a browser, and cannot be used here:
//!
//! - It cannot be mounted at a path. Its page loads its script from `/`, and the addresses of its API (`/api/v1`) and of its pages (`/`,
//!   `/queues`, `/tasks`, `/workers`, `/logs`) are compiled into 2.3 MB of WebAssembly that comes ready with the crate. Below a path the page
//!   stays empty, and at `/` it takes the place of an application's own routes.
//! - It begins with an inline script. Without `'unsafe-inline'` in the content security policy the page stays empty, too.
//! - It has no blocked jobs and no priority below 0, shows the last error only, and asks for pages by number: for a late one of many jobs a
//!   store would have to read all before it.
//! - There is no button to run a job again, to cancel or delete it, or to pause a queue. The one route that writes accepts tasks in any state.

mod format;
mod job;
mod layout;
mod list;
mod overview;
mod visitor;

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use http::HeaderName;

use self::{
    layout::{Board, Tab},
    list::ListQuery,
    visitor::Visitor,
};
use super::actions;
use crate::{
    context::AppContext,
    controller::{Access, Path, Routes, Switch, ValidQuery, get, post},
    error::{Error, Result},
    queue::store::JobId,
};

const STYLE: &str = "/style.css";
const JOBS: &str = "/jobs";
const JOB: &str = "/jobs/{id}";
const RETRY: &str = "/jobs/{id}/retry";
const CANCEL: &str = "/jobs/{id}/cancel";
const PURGE: &str = "/jobs/{id}/purge";
const PAUSE: &str = "/queues/{queue}/pause";
const RESUME: &str = "/queues/{queue}/resume";

/// The board of background jobs at `path`, for callers that the access type `A` lets in: pages that show the jobs, with buttons to run
/// them again, cancel and delete them, and to pause queues.
///
/// In production they are not served unless the setting `jobs.board` is `true`. They show the arguments of jobs, which may be personal
/// data, so choose an access type for administrators; those of a job with
/// [`ERASE_ARGUMENTS`](super::Job::ERASE_ARGUMENTS) are hidden. Browsers must send by themselves what the access type looks at: a cookie, or `Authorization` after a 401
/// with `WWW-Authenticate: Basic`. The buttons are forms, which are refused from another site.
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
///         // A real one looks at a session.
///         parts.headers.contains_key("x-admin").then_some(Self).ok_or_else(Error::forbidden)
///     }
/// }
///
/// // In `Hooks::routes`:
/// let routes = Routes::new().merge(jobs::board::<Admin>("/admin/board"));
/// assert!(routes.list().iter().all(|route| route.access == "admin"));
/// ```
pub fn board<A: Access>(path: impl Into<String>) -> Routes {
    Routes::at(path)
        .with([
            get("/", overview::<A>),
            get(STYLE, style::<A>),
            get(JOBS, list::<A>),
            get(JOB, show::<A>),
        ])
        .with([
            post(RETRY, retry::<A>),
            post(CANCEL, cancel::<A>),
            post(PURGE, purge::<A>),
            post(PAUSE, pause::<A>),
            post(RESUME, resume::<A>),
        ])
        .switched_by(Switch {
            name: "the board of background jobs",
            setting: "jobs.board",
            is_on: |config| config.jobs.board,
        })
}

async fn style<A: Access>(_: Visitor<A>) -> ([(HeaderName, &'static str); 1], &'static str) {
    layout::style()
}

async fn overview<A: Access>(
    _: Visitor<A>,
    State(ctx): State<AppContext>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response> {
    let board = Board::of(ctx, &uri, "");
    let body = overview::page(&board).await?;
    Ok(board.page(Tab::Overview, "Background jobs", &body))
}

async fn list<A: Access>(
    _: Visitor<A>,
    State(ctx): State<AppContext>,
    OriginalUri(uri): OriginalUri,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<Response> {
    let board = Board::of(ctx, &uri, JOBS);
    let body = list::page(&board, &query).await?;
    Ok(board.page(Tab::Jobs, "Jobs", &body))
}

async fn show<A: Access>(
    _: Visitor<A>,
    State(ctx): State<AppContext>,
    OriginalUri(uri): OriginalUri,
    Path(id): Path<String>,
) -> Result<Response> {
    let board = Board::of(ctx, &uri, JOB);
    let found = async { actions::find(&board.ctx, parse(&id)?).await };
    match found.await {
        Ok(detail) => {
            let body = job::page(&board, &detail);
            Ok(board.page(Tab::Jobs, &detail.job.name, &body))
        }
        Err(error) => board.refusal(error),
    }
}

async fn retry<A: Access>(
    _: Visitor<A>,
    State(ctx): State<AppContext>,
    OriginalUri(uri): OriginalUri,
    Path(id): Path<String>,
) -> Result<Response> {
    let board = Board::of(ctx, &uri, RETRY);
    let done = async { actions::retry(&board.ctx, parse(&id)?).await };
    board.after(done.await, &format!("/jobs/{id}"))
}

async fn cancel<A: Access>(
    _: Visitor<A>,
    State(ctx): State<AppContext>,
    OriginalUri(uri): OriginalUri,
    Path(id): Path<String>,
) -> Result<Response> {
    let board = Board::of(ctx, &uri, CANCEL);
    let done = async { actions::cancel(&board.ctx, parse(&id)?).await };
    board.after(done.await, &format!("/jobs/{id}"))
}

async fn purge<A: Access>(
    _: Visitor<A>,
    State(ctx): State<AppContext>,
    OriginalUri(uri): OriginalUri,
    Path(id): Path<String>,
) -> Result<Response> {
    let board = Board::of(ctx, &uri, PURGE);
    let done = async { actions::purge(&board.ctx, parse(&id)?).await };
    board.after(done.await, JOBS)
}

async fn pause<A: Access>(
    _: Visitor<A>,
    State(ctx): State<AppContext>,
    OriginalUri(uri): OriginalUri,
    Path(queue): Path<String>,
) -> Result<Response> {
    let board = Board::of(ctx, &uri, PAUSE);
    let done = actions::pause(&board.ctx, &queue).await;
    board.after(done, "")
}

async fn resume<A: Access>(
    _: Visitor<A>,
    State(ctx): State<AppContext>,
    OriginalUri(uri): OriginalUri,
    Path(queue): Path<String>,
) -> Result<Response> {
    let board = Board::of(ctx, &uri, RESUME);
    let done = actions::resume(&board.ctx, &queue).await;
    board.after(done, "")
}

/// An id that cannot be one is that of no job.
fn parse(id: &str) -> Result<JobId> {
    id.parse().map_err(|_| Error::not_found())
}
