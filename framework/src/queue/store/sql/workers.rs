//! The table `fw_job_workers`: workers and their leases.

use sea_orm::QueryResult;

use super::{
    row::Row,
    session::{Session, json},
};
use crate::queue::store::{Beat, Result, StoreError, Worker, WorkerId, time::micros};

/// The time in microseconds for which the row of a lost worker stays, as a claim of it may be under way.
const GRACE: i64 = 60_000_000;

pub(super) async fn register(session: Session<'_>, worker: &Worker) -> Result {
    let sql = "INSERT INTO fw_job_workers (id, host, queues, started_at, lease_until, lost) \
        VALUES ($1, $2, $3, $4, $5, FALSE) ON CONFLICT (id) DO NOTHING";
    let values = [
        worker.id.uuid().into(),
        worker.host.as_str().into(),
        json(&worker.queues)?,
        micros(worker.started_at).into(),
        micros(worker.lease_until).into(),
    ];
    session.execute(sql, values).await.map(drop)
}

pub(super) async fn beat(
    session: Session<'_>,
    worker: WorkerId,
    lease_until: i64,
    now: i64,
) -> Result<Beat> {
    let sql = "UPDATE fw_job_workers SET lease_until = $2 WHERE id = $1 AND NOT lost AND lease_until >= $3";
    let values = [worker.uuid().into(), lease_until.into(), now.into()];
    Ok(match session.execute(sql, values).await? {
        0 => Beat::Lost,
        _ => Beat::Alive,
    })
}

/// Ends a lease. The row stays as long as jobs refer to it.
pub(super) async fn unregister(session: Session<'_>, worker: WorkerId, now: i64) -> Result {
    let id = worker.uuid();
    let sql = "UPDATE fw_job_workers SET lost = TRUE, \
        lease_until = CASE WHEN lease_until > $2 THEN $2 ELSE lease_until END WHERE id = $1";
    session.execute(sql, [id.into(), now.into()]).await?;
    let sql = "DELETE FROM fw_job_workers WHERE id = $1 AND NOT EXISTS \
        (SELECT 1 FROM fw_jobs WHERE fw_jobs.state = 'running' AND fw_jobs.worker = $1)";
    session.execute(sql, [id.into()]).await.map(drop)
}

/// Returns true if there may be lost workers. It only reads, so it can be asked often.
pub(super) async fn any_lost(session: Session<'_>, now: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM fw_job_workers WHERE lost OR lease_until < $1 LIMIT 1";
    let row = session.one(sql, [now.into()]).await?;
    Ok(row.is_some())
}

/// Marks workers whose lease has ended as lost, for ever.
pub(super) async fn mark_lost(session: Session<'_>, now: i64) -> Result {
    let sql = "UPDATE fw_job_workers SET lost = TRUE WHERE lease_until < $1 AND NOT lost";
    session.execute(sql, [now.into()]).await.map(drop)
}

/// Deletes lost workers without jobs.
pub(super) async fn delete_lost(session: Session<'_>, now: i64) -> Result {
    let sql = "DELETE FROM fw_job_workers WHERE lost AND lease_until < $1 AND NOT EXISTS \
        (SELECT 1 FROM fw_jobs WHERE fw_jobs.state = 'running' AND fw_jobs.worker = fw_job_workers.id)";
    let long_ago = now.saturating_sub(GRACE);
    session.execute(sql, [long_ago.into()]).await.map(drop)
}

/// The workers whose lease is not lost, by id.
pub(super) async fn alive(session: Session<'_>) -> Result<Vec<Worker>> {
    let sql = "SELECT id, host, queues, started_at, lease_until FROM fw_job_workers WHERE NOT lost ORDER BY id";
    let rows = session.all(sql, []).await?;
    rows.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<Worker> {
    let row = Row(row);
    let queues = row.text("queues")?;
    Ok(Worker {
        id: row.id("id")?,
        host: row.text("host")?,
        queues: serde_json::from_str(&queues)
            .map_err(|error| StoreError::Damaged(format!("the queues of a worker: {error}")))?,
        started_at: row.time("started_at")?,
        lease_until: row.time("lease_until")?,
    })
}
