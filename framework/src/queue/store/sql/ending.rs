//! Everything that follows from the end of a job: its key, its batch, the jobs after it.

use std::collections::BTreeMap;

use sea_orm::QueryResult;

use super::{
    row::{LIVE, Row},
    session::{Session, json_ids},
};
use crate::queue::store::{BatchId, JobId, Result, State};

/// A job that has ended, as far as something follows from it.
pub(super) struct Ended {
    id: JobId,
    state: State,
    batch: Option<BatchId>,
    has_live_key: bool,
    has_next: bool,
}

impl Ended {
    /// The columns that are read.
    pub(super) const COLUMNS: &str = "id, state, batch_id, key_scope, has_next";

    /// The job of a row with these columns; `None` if it has not ended.
    pub(super) fn read(row: &QueryResult) -> Result<Option<Self>> {
        let row = Row(row);
        let state = row.state()?;
        if !state.is_final() {
            return Ok(None);
        }
        Ok(Some(Self {
            id: row.id("id")?,
            state,
            batch: row.optional_id("batch_id")?,
            has_live_key: row.optional_text("key_scope")?.as_deref() == Some(LIVE),
            has_next: row.flag("has_next")?,
        }))
    }

    fn of(rows: &[QueryResult]) -> Result<Vec<Self>> {
        rows.iter()
            .filter_map(|row| Self::read(row).transpose())
            .collect()
    }
}

/// Does what follows from the end of jobs, in the transaction that has ended them.
pub(super) async fn end(session: Session<'_>, ended: Vec<Ended>, now: i64) -> Result {
    let mut all = Vec::new();
    let mut next = ended;
    while !next.is_empty() {
        let done = with_next(&next, State::Done);
        if !done.is_empty() {
            unblock_after(session, &done, now).await?;
        }
        // The jobs after a dead one wait for its replay.
        let cancelled = with_next(&next, State::Cancelled);
        all.append(&mut next);
        next = cancel_after(session, &cancelled, now).await?;
    }
    release_live_keys(session, &all).await?;
    // After all jobs are locked: a transaction that has locked a job may wait for a batch, and none the other way round.
    count_down(session, &all, now).await
}

/// Cancels the jobs that wait for jobs that will never be done, and does not yet do what follows.
pub(super) async fn cancel_after(
    session: Session<'_>,
    jobs: &[JobId],
    now: i64,
) -> Result<Vec<Ended>> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "UPDATE fw_jobs SET state = 'cancelled', finished_at = $2 \
         WHERE state = 'blocked' AND after_id IN {} RETURNING {}",
        session.ids(1),
        Ended::COLUMNS
    );
    let ids = json_ids(jobs.iter().map(|id| id.uuid()))?;
    Ended::of(&session.all(&sql, [ids, now.into()]).await?)
}

/// Counts down the batch that has no jobs, so that it ends.
pub(super) async fn end_if_empty(session: Session<'_>, batch: BatchId, now: i64) -> Result {
    count_down_one(session, batch, 0, 0, now).await
}

async fn release_live_keys(session: Session<'_>, ended: &[Ended]) -> Result {
    let with_key = ended.iter().filter(|job| job.has_live_key);
    let ids: Vec<_> = with_key.map(|job| job.id.uuid()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "DELETE FROM fw_job_keys WHERE scope = '{LIVE}' AND job_id IN {}",
        session.ids(1)
    );
    session.execute(&sql, [json_ids(ids)?]).await.map(drop)
}

async fn count_down(session: Session<'_>, ended: &[Ended], now: i64) -> Result {
    // In the order of the batches, so that two transactions do not wait for each other.
    let mut batches: BTreeMap<BatchId, (i64, i64)> = BTreeMap::new();
    for job in ended {
        if let Some(batch) = job.batch {
            let (count, failed) = batches.entry(batch).or_default();
            *count += 1;
            *failed += i64::from(job.state != State::Done);
        }
    }
    for (batch, (count, failed)) in batches {
        count_down_one(session, batch, count, failed, now).await?;
    }
    Ok(())
}

async fn count_down_one(
    session: Session<'_>,
    batch: BatchId,
    ended: i64,
    failed: i64,
    now: i64,
) -> Result {
    let sql = "UPDATE fw_job_batches SET pending = pending - $2, failed = failed + $3, \
        finished_at = CASE WHEN pending - $2 <= 0 THEN $4 END \
        WHERE id = $1 AND finished_at IS NULL RETURNING finished_at, callback_id";
    let values = [batch.uuid().into(), ended.into(), failed.into(), now.into()];
    let Some(row) = session.one(sql, values).await? else {
        return Ok(());
    };
    let row = Row(&row);
    let is_finished = row.optional_number::<i64>("finished_at")?.is_some();
    let callback: Option<JobId> = row.optional_id("callback_id")?;
    if let (true, Some(callback)) = (is_finished, callback) {
        let sql = format!("{UNBLOCK} AND id = $2");
        session
            .execute(&sql, [now.into(), callback.uuid().into()])
            .await?;
    }
    Ok(())
}

async fn unblock_after(session: Session<'_>, jobs: &[JobId], now: i64) -> Result {
    let sql = format!("{UNBLOCK} AND after_id IN {}", session.ids(2));
    let ids = json_ids(jobs.iter().map(|id| id.uuid()))?;
    session.execute(&sql, [now.into(), ids]).await.map(drop)
}

const UNBLOCK: &str = "UPDATE fw_jobs SET state = CASE WHEN run_at > $1 THEN 'scheduled' ELSE 'ready' END \
    WHERE state = 'blocked'";

fn with_next(ended: &[Ended], state: State) -> Vec<JobId> {
    let with_next = ended
        .iter()
        .filter(|job| job.has_next && job.state == state);
    with_next.map(|job| job.id).collect()
}
