//! The outbox: jobs that were enqueued in a transaction of the database, and are to be relayed to a store in another place.

use std::iter::once;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    row::Row,
    session::{BoundRow, Cell, Session, json_ids},
};
use crate::{
    db::Db,
    queue::store::{Executor, JobId, NewJob, Result, StoreError, rules::check, time::micros},
};

/// The outbox of a store that is not in the database.
///
/// A transaction [adds](Self::add) jobs to it. After the commit a relay enqueues them in the store and then
/// [removes](Self::remove) them: at least once, and no job twice, as the store knows the ids that it has.
///
/// ```
/// use fw::{prelude::*, queue::store::{Backlog, Executor, NewJob, Outbox}};
///
/// async fn later(ctx: &AppContext, job: NewJob) -> Result<()> {
///     let outbox = Outbox::new(ctx.db.clone());
///     ctx.db
///         .transact(async |tx| {
///             outbox.add(Executor::Transaction(tx), &[job], ctx.queue.now()).await?;
///             Ok(())
///         })
///         .await?;
///     let backlog: Backlog = outbox.backlog().await?;
///     tracing::info!(jobs = backlog.jobs, since = ?backlog.oldest, "not relayed yet");
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Outbox {
    db: Db,
}

/// The jobs that wait in an outbox. See [`Outbox`] for an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Backlog {
    /// The number of jobs.
    pub jobs: u64,
    /// The time since which the oldest of them waits.
    pub oldest: Option<DateTime<Utc>>,
}

/// A row of the outbox.
#[cfg_attr(
    not(feature = "redis"),
    expect(dead_code, reason = "only to a store in another place is relayed")
)]
pub(in crate::queue) struct OutboxRow {
    pub(in crate::queue) id: JobId,
    /// The job, or the reason for which it cannot be read.
    pub(in crate::queue) job: Result<NewJob>,
}

/// Adds jobs, in the caller's transaction. One whose id is there already is not added.
pub(in crate::queue) async fn add(
    executor: Executor<'_>,
    jobs: &[NewJob],
    now: DateTime<Utc>,
) -> Result {
    check(jobs)?;
    let text = |job| serde_json::to_string(job).map_err(|error| StoreError::Failed(error.into()));
    let texts = jobs.iter().map(text).collect::<Result<Vec<_>>>()?;
    let rows: Vec<_> = jobs
        .iter()
        .zip(&texts)
        .map(|(job, text)| {
            BoundRow([
                ("job_id", Cell::id(job.id.uuid())),
                ("job", Cell::text(text.as_str())),
            ])
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let session = Session::on(executor);
    let (table, bound) = session.rows("v", 2, &rows)?;
    let sql = format!(
        "INSERT INTO fw_job_outbox (job_id, job, created_at) SELECT v.job_id, v.job, $1 FROM {table} WHERE TRUE \
         ON CONFLICT (job_id) DO NOTHING"
    );
    let values = once(micros(now).into()).chain(bound);
    session.execute_later(&sql, values).await
}

impl Outbox {
    /// The outbox in a database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Adds jobs, in the caller's transaction. One whose id is there already is not added.
    pub async fn add(&self, executor: Executor<'_>, jobs: &[NewJob], now: DateTime<Utc>) -> Result {
        add(executor, jobs, now).await
    }

    /// Up to `limit` jobs whose transactions are committed, the oldest first.
    pub async fn list(&self, limit: u32) -> Result<Vec<NewJob>> {
        let rows = self.rows(None, limit).await?;
        rows.into_iter().map(|row| row.job).collect()
    }

    /// Up to `limit` rows whose transactions are committed, the oldest first, those after a job.
    pub(in crate::queue) async fn rows(
        &self,
        after: Option<JobId>,
        limit: u32,
    ) -> Result<Vec<OutboxRow>> {
        let after = after.unwrap_or(JobId::MIN);
        let session = Session::on(&self.db);
        // Ids begin with their time, so that no index of times has to be written with each job.
        let sql = format!(
            "SELECT job_id, job FROM fw_job_outbox WHERE job_id > $2 ORDER BY job_id {}",
            session.limit(1)
        );
        let values = [i64::from(limit).into(), after.uuid().into()];
        let rows = session.all(&sql, values).await?;
        let read = |row| {
            let row = Row(row);
            let job = row.text("job")?;
            Ok(OutboxRow {
                id: row.id("job_id")?,
                job: serde_json::from_str(&job)
                    .map_err(|error| StoreError::Damaged(format!("a job in the outbox: {error}"))),
            })
        };
        rows.iter().map(read).collect()
    }

    /// The number of jobs that wait to be relayed, and their age.
    pub async fn backlog(&self) -> Result<Backlog> {
        let sql = "SELECT COUNT(*) AS jobs, MIN(created_at) AS oldest FROM fw_job_outbox";
        let Some(row) = Session::on(&self.db).one(sql, []).await? else {
            return Ok(Backlog::default());
        };
        let row = Row(&row);
        Ok(Backlog {
            jobs: row.number("jobs")?,
            oldest: row.optional_time("oldest")?,
        })
    }

    /// Removes jobs that are in the store.
    pub async fn remove(&self, jobs: &[JobId]) -> Result {
        let session = Session::on(&self.db);
        let sql = format!(
            "DELETE FROM fw_job_outbox WHERE job_id IN {}",
            session.ids(1)
        );
        let ids = json_ids(jobs.iter().map(|id| id.uuid()))?;
        session.execute(&sql, [ids]).await.map(drop)
    }
}
