//! The table `fw_job_workers`: workers and their leases.

use sea_orm::QueryResult;

use super::{
    row::Row,
    session::{Session, json},
};
use crate::queue::store::{Beat, Result, StoreError, Worker, WorkerId, time::micros};

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
pub(super) async fn unregister(session: Session<'_>, worker: WorkerId) -> Result {
    let id = worker.uuid();
    session
        .execute(
            "UPDATE fw_job_workers SET lost = TRUE WHERE id = $1",
            [id.into()],
        )
        .await?;
    let sql = "DELETE FROM fw_job_workers WHERE id = $1 AND NOT EXISTS \
        (SELECT 1 FROM fw_jobs WHERE fw_jobs.state = 'running' AND fw_jobs.worker = $1)";
    session.execute(sql, [id.into()]).await.map(drop)
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
