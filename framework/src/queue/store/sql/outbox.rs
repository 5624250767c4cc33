//! The outbox: jobs that were enqueued in a transaction of the database, and are to be relayed to a store in another place.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::fmt::Simple;

use super::{
    row::Row,
    session::{Column, Session, json, json_ids},
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
/// use fw::{prelude::*, queue::store::{Executor, NewJob, Outbox}};
///
/// async fn later(ctx: &AppContext, job: NewJob) -> Result<()> {
///     let outbox = Outbox::new(ctx.db.clone());
///     ctx.db
///         .transact(async |tx| {
///             outbox.add(Executor::Transaction(tx), &[job], ctx.queue.now()).await?;
///             Ok(())
///         })
///         .await
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Outbox {
    db: Db,
}

const ROW: &[(&str, Column)] = &[("job_id", Column::Id), ("job", Column::Text)];

#[derive(Serialize)]
struct OutboxRow {
    job_id: Simple,
    job: String,
}

impl Outbox {
    /// The outbox in a database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Adds jobs, in the caller's transaction. One whose id is there already is not added.
    pub async fn add(&self, executor: Executor<'_>, jobs: &[NewJob], now: DateTime<Utc>) -> Result {
        check(jobs)?;
        let row = |job: &NewJob| {
            Ok(OutboxRow {
                job_id: job.id.uuid().simple(),
                job: serde_json::to_string(job)
                    .map_err(|error| StoreError::Failed(error.into()))?,
            })
        };
        let rows = jobs.iter().map(row).collect::<Result<Vec<_>>>()?;
        let session = Session::on(executor);
        let sql = format!(
            "INSERT INTO fw_job_outbox (job_id, job, created_at) SELECT v.job_id, v.job, $2 FROM {} WHERE TRUE \
             ON CONFLICT (job_id) DO NOTHING",
            session.rows(1, "v", ROW)
        );
        session
            .execute(&sql, [json(rows)?, micros(now).into()])
            .await
            .map(drop)
    }

    /// Up to `limit` jobs whose transactions are committed, the oldest first.
    pub async fn list(&self, limit: u32) -> Result<Vec<NewJob>> {
        let session = Session::on(&self.db);
        let sql = format!(
            "SELECT job FROM fw_job_outbox ORDER BY created_at, job_id {}",
            session.limit(1)
        );
        let rows = session.all(&sql, [i64::from(limit).into()]).await?;
        let job = |row| {
            let job = Row(row).text("job")?;
            serde_json::from_str(&job)
                .map_err(|error| StoreError::Damaged(format!("a job in the outbox: {error}")))
        };
        rows.iter().map(job).collect()
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
