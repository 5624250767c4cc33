//! Batches, steps and the progress of a run.

use super::{
    ending,
    enqueue::{enqueue_blocked, enqueue_checked, existing},
    row::Row,
    session::Session,
};
use crate::queue::store::{
    BatchCreated, BatchId, BatchRecord, Enqueued, Fence, JobId, NewBatch, NewJob, Result,
    rules::check_batch,
};

/// Creates a batch, in a transaction.
pub(super) async fn create_batch(
    session: Session<'_>,
    batch: &NewBatch,
    now: i64,
) -> Result<BatchCreated> {
    check_batch(batch)?;
    let sql = "INSERT INTO fw_job_batches (id, description, total, pending, failed, created_at) VALUES ($1, $2, 0, 0, 0, $3) \
        ON CONFLICT (id) DO NOTHING";
    let values = [
        batch.id.uuid().into(),
        batch.description.as_str().into(),
        now.into(),
    ];
    if session.execute(sql, values).await? == 0 {
        return repeated(session, batch, now).await;
    }
    let jobs: Vec<_> = batch.members().collect();
    let jobs = enqueue_checked(session, &jobs, now).await?;
    let callback = match &batch.callback {
        Some(callback) => Some(enqueue_blocked(session, callback, now).await?),
        None => None,
    };
    if let Some(Enqueued::New(id)) = callback {
        session
            .execute(
                "UPDATE fw_job_batches SET callback_id = $2 WHERE id = $1",
                [batch.id.uuid().into(), id.uuid().into()],
            )
            .await?;
    }
    ending::end_if_empty(session, batch.id, now).await?;
    Ok(BatchCreated { jobs, callback })
}

/// The outcome of creating a batch that is there already.
async fn repeated(session: Session<'_>, batch: &NewBatch, now: i64) -> Result<BatchCreated> {
    let all = batch.jobs.iter().chain(&batch.callback);
    let found = existing(session, all, now).await?;
    let outcome = |job: &NewJob| Enqueued::Existing(found.get(&job.id).copied().unwrap_or(job.id));
    Ok(BatchCreated {
        jobs: batch.jobs.iter().map(outcome).collect(),
        callback: batch.callback.as_ref().map(outcome),
    })
}

pub(super) async fn batch(session: Session<'_>, batch: BatchId) -> Result<Option<BatchRecord>> {
    let sql = "SELECT id, description, total, pending, failed, callback_id, created_at, finished_at \
        FROM fw_job_batches WHERE id = $1";
    let Some(row) = session.one(sql, [batch.uuid().into()]).await? else {
        return Ok(None);
    };
    let row = Row(&row);
    Ok(Some(BatchRecord {
        id: row.id("id")?,
        description: row.text("description")?,
        total: row.number("total")?,
        pending: row.number("pending")?,
        failed: row.number("failed")?,
        callback: row.optional_id("callback_id")?,
        created_at: row.time("created_at")?,
        finished_at: row.optional_time("finished_at")?,
    }))
}

pub(super) async fn progress(session: Session<'_>, run: Fence, thousandths: u16) -> Result<bool> {
    let sql = "UPDATE fw_jobs SET progress = $3 WHERE id = $1 AND token = $2 AND state = 'running'";
    let values = [
        run.id.uuid().into(),
        token(run).into(),
        i64::from(thousandths).into(),
    ];
    Ok(session.execute(sql, values).await? == 1)
}

pub(super) async fn step(session: Session<'_>, job: JobId, name: &str) -> Result<Option<String>> {
    let sql = "SELECT result FROM fw_job_steps WHERE job_id = $1 AND name = $2";
    let row = session.one(sql, [job.uuid().into(), name.into()]).await?;
    row.map(|row| Row(&row).text("result")).transpose()
}

/// Stores the result of a step, in a transaction.
pub(super) async fn save_step(
    session: Session<'_>,
    run: Fence,
    name: &str,
    result: &str,
    now: i64,
) -> Result<bool> {
    // The lock keeps the run from being lost before the result is stored.
    let sql = format!(
        "SELECT 1 FROM fw_jobs WHERE id = $1 AND token = $2 AND state = 'running' {}",
        session.for_update()
    );
    let values = [run.id.uuid().into(), token(run).into()];
    if session.one(&sql, values).await?.is_none() {
        return Ok(false);
    }
    let sql = "INSERT INTO fw_job_steps (job_id, name, result, at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (job_id, name) DO NOTHING";
    let values = [run.id.uuid().into(), name.into(), result.into(), now.into()];
    session.execute(sql, values).await?;
    Ok(true)
}

fn token(run: Fence) -> i64 {
    // A token that no job can have matches none.
    i64::try_from(run.token).unwrap_or(-1)
}
