//! The actions on jobs and queues that routes offer: their errors are responses.

use crate::{
    context::AppContext,
    error::{Error, Result},
    queue::store::{Cancelled, JobDetail, JobFilter, JobId, JobRecord, Page, Replayed},
};

/// A page of jobs, newest first, and the last of them if there are more.
pub(super) async fn page(
    ctx: &AppContext,
    filter: &JobFilter,
    before: Option<JobId>,
    limit: u32,
) -> Result<(Vec<JobRecord>, Option<JobId>)> {
    // One more, which tells whether there is a next page.
    let page = Page {
        before,
        limit: limit + 1,
    };
    let mut jobs = ctx.queue.store().list(filter, page).await?;
    let limit = limit as usize;
    let has_more = jobs.len() > limit;
    jobs.truncate(limit);
    let last = jobs.last().filter(|_| has_more).map(|job| job.id);
    Ok((jobs, last))
}

/// A job with its history. A job that does not exist is a 404, here and below.
pub(super) async fn find(ctx: &AppContext, id: JobId) -> Result<JobDetail> {
    let detail = ctx.queue.store().show(id).await?;
    detail.ok_or_else(Error::not_found)
}

/// Runs a dead or cancelled job again, with all its tries. One in another state is a 409.
pub(super) async fn retry(ctx: &AppContext, id: JobId) -> Result<()> {
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
    Ok(())
}

/// Cancels a job. One that has ended is a 409.
pub(super) async fn cancel(ctx: &AppContext, id: JobId) -> Result<()> {
    match ctx.queue.store().cancel(id, ctx.queue.now()).await? {
        Cancelled::From(_) => {}
        Cancelled::Ended(state) => {
            return Err(conflict(format!("the job is {state} already")));
        }
        Cancelled::Missing => return Err(Error::not_found()),
    }
    // Its end may be that of its batch.
    ctx.queue.wake_ups().wake_all();
    Ok(())
}

/// Deletes a job. One that has not ended is a 409.
pub(super) async fn purge(ctx: &AppContext, id: JobId) -> Result<()> {
    if ctx.queue.store().purge_one(id, ctx.queue.now()).await? {
        ctx.queue.wake_ups().wake_all();
        return Ok(());
    }
    let detail = find(ctx, id).await?;
    let state = detail.job.state;
    Err(conflict(format!(
        "the job is {state}; it can be deleted when it has ended"
    )))
}

/// Pauses a queue. One that does not exist is a 404, here and below.
pub(super) async fn pause(ctx: &AppContext, queue: &str) -> Result<()> {
    check_queue(ctx, queue)?;
    ctx.queue.store().pause(queue, ctx.queue.now()).await?;
    Ok(())
}

/// Resumes a queue.
pub(super) async fn resume(ctx: &AppContext, queue: &str) -> Result<()> {
    check_queue(ctx, queue)?;
    ctx.queue.store().resume(queue).await?;
    ctx.queue.wake_ups().wake_all();
    Ok(())
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
