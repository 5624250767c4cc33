//! Claims, settlements and rescues.

use std::{
    collections::{HashMap, HashSet},
    iter::once,
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    ending::{self, Ended},
    row::{COLUMNS, Row, records},
    session::{BoundRow, Cell, Session, json, json_ids},
    workers,
};
use crate::queue::store::{
    Claim, Fence, JobId, JobRecord, MAX_RESCUES, Promoted, Rescued, Result, Settled, Settlement,
    State, WorkerId,
    rules::{Change, lost_worker},
};

/// Claims jobs, which come back in the order in which they are to run.
pub(super) async fn claim(
    session: Session<'_>,
    claim: Claim<'_>,
    now: i64,
) -> Result<Vec<JobRecord>> {
    let sql = claim_statement(session);
    let values = [
        claim.worker.uuid().into(),
        claim.queue.into(),
        json(claim.names)?,
        now.into(),
        i64::from(claim.limit).into(),
    ];
    let mut jobs = records(&session.all(&sql, values).await?)?;
    jobs.sort_by_key(|job| (-job.priority, job.run_at, job.id));
    Ok(jobs)
}

/// The statement of a claim. On PostgreSQL a subquery with `LIMIT` could be run again for each row, and lock more rows than that, if it were
/// not materialized.
pub(super) fn claim_statement(session: Session<'_>) -> String {
    format!(
        "WITH claimed AS MATERIALIZED (SELECT id AS claimed_id FROM fw_jobs \
         WHERE state = 'ready' AND queue = $2 AND {} \
         AND EXISTS (SELECT 1 FROM fw_job_workers WHERE fw_job_workers.id = $1 AND NOT lost AND lease_until >= $4) \
         AND NOT EXISTS (SELECT 1 FROM fw_job_queues WHERE fw_job_queues.name = $2) \
         ORDER BY priority DESC, run_at, id {} {}) \
         UPDATE fw_jobs SET state = 'running', attempt = attempt + 1, token = token + 1, worker = $1, started_at = $4, \
         progress = NULL FROM claimed WHERE id = claimed_id RETURNING {COLUMNS}",
        session.is_one_of("name", 3),
        session.limit(5),
        session.for_update_skip_locked(),
    )
}

/// The condition that a job of a known id is running. It is not `state = 'running'`, which would let PostgreSQL read the index of
/// running jobs: between two vacuums that is full of those that were.
const IS_RUNNING: &str = "worker IS NOT NULL";

/// Settles runs, in a transaction.
pub(super) async fn settle(
    session: Session<'_>,
    settlements: &[Settlement],
    now: i64,
) -> Result<Vec<Settled>> {
    // Of two settlements of one run the first counts.
    let mut seen = HashSet::new();
    let mut changes: HashMap<Fence, Change> = HashMap::new();
    let mut is_first = Vec::with_capacity(settlements.len());
    for settlement in settlements {
        is_first.push(seen.insert(settlement.fence));
        changes
            .entry(settlement.fence)
            .or_insert_with(|| Change::of(&settlement.outcome, now));
    }
    let rows: Vec<_> = changes
        .iter()
        .map(|(fence, change)| row(*fence, change))
        .collect();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let (table, bound) = session.rows("v", 3, &rows)?;
    let sql = format!(
        "WITH locked AS MATERIALIZED (SELECT id AS locked_id FROM fw_jobs WHERE id IN {} ORDER BY id {}) \
         UPDATE fw_jobs SET \
         state = CASE WHEN attempt >= max_attempts THEN last_state ELSE next_state END, \
         run_at = COALESCE(next_run_at, run_at), \
         attempt = attempt - refund, \
         rescues = CASE WHEN survived THEN 0 ELSE rescues END, \
         worker = NULL, \
         finished_at = CASE WHEN (CASE WHEN attempt >= max_attempts THEN last_state ELSE next_state END) \
         IN ('done', 'dead', 'cancelled') THEN $1 END, \
         result = next_result, \
         args = CASE WHEN next_state = 'done' AND erase_args THEN 'null' ELSE args END \
         FROM locked JOIN {table} ON locked_id = job_id WHERE id = job_id AND token = run_token AND {IS_RUNNING} \
         RETURNING {}, token, attempt",
        session.ids(2),
        session.for_update(),
        Ended::COLUMNS,
    );
    let ids = json_ids(changes.keys().map(|fence| fence.id.uuid()))?;
    let values = [now.into(), ids].into_iter().chain(bound);
    let settled = session.all(&sql, values).await?;
    let mut states = HashMap::new();
    let mut errors = Vec::new();
    let mut ended = Vec::new();
    for row in &settled {
        ended.extend(Ended::read(row)?);
        let row = Row(row);
        let fence = Fence {
            id: row.id("id")?,
            token: row.number("token")?,
        };
        let state = row.state()?;
        states.insert(fence, state);
        let error = changes.remove(&fence).and_then(|change| change.error);
        if let Some(error) = error {
            errors.push(EndedRun {
                fence,
                attempt: row.number("attempt")?,
                state,
                error,
            });
        }
    }
    insert_errors(session, &errors, now).await?;
    ending::end(session, ended, now).await?;
    let outcomes = settlements.iter().zip(is_first).map(|(settlement, first)| {
        let state = states.get(&settlement.fence).filter(|_| first);
        state.map_or(Settled::Lost, |state| Settled::As(*state))
    });
    Ok(outcomes.collect())
}

fn row(fence: Fence, change: &Change) -> BoundRow<'_, 8> {
    BoundRow([
        ("job_id", Cell::id(fence.id.uuid())),
        ("run_token", Cell::Number(fence.token.try_into().ok())),
        ("next_state", Cell::text(change.state.as_str())),
        ("last_state", Cell::text(change.last.as_str())),
        ("next_run_at", Cell::Number(change.run_at)),
        ("refund", Cell::number(change.refund)),
        ("survived", Cell::Flag(change.survived)),
        ("next_result", Cell::text(change.result.as_deref())),
    ])
}

/// The error of a run that has ended.
struct EndedRun {
    fence: Fence,
    attempt: i64,
    state: State,
    error: String,
}

async fn insert_errors(session: Session<'_>, errors: &[EndedRun], now: i64) -> Result {
    if errors.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = errors
        .iter()
        .map(|run| {
            BoundRow([
                ("job_id", Cell::id(run.fence.id.uuid())),
                ("token", Cell::Number(run.fence.token.try_into().ok())),
                ("attempt", Cell::number(run.attempt)),
                ("state", Cell::text(run.state.as_str())),
                ("error", Cell::text(run.error.as_str())),
            ])
        })
        .collect();
    let (table, bound) = session.rows("v", 2, &rows)?;
    let sql = format!(
        "INSERT INTO fw_job_errors (job_id, token, attempt, at, state, error) \
         SELECT v.job_id, v.token, v.attempt, $1, v.state, v.error FROM {table} WHERE TRUE"
    );
    let values = once(now.into()).chain(bound);
    session.execute(&sql, values).await.map(drop)
}

/// The runs that a worker holds.
pub(super) async fn held(session: Session<'_>, worker: WorkerId) -> Result<Vec<Fence>> {
    let sql = "SELECT id, token FROM fw_jobs WHERE state = 'running' AND worker = $1 ORDER BY id";
    let rows = session.all(sql, [worker.uuid().into()]).await?;
    let fence = |row| {
        Ok(Fence {
            id: Row(row).id("id")?,
            token: Row(row).number("token")?,
        })
    };
    rows.iter().map(fence).collect()
}

/// Makes scheduled jobs that are due ready.
pub(super) async fn promote(session: Session<'_>, limit: u32, now: i64) -> Result<Promoted> {
    let sql = format!(
        "WITH due AS MATERIALIZED (SELECT id AS due_id FROM fw_jobs WHERE state = 'scheduled' AND run_at <= $1 \
         ORDER BY run_at, id {} {}) \
         UPDATE fw_jobs SET state = 'ready' FROM due WHERE id = due_id RETURNING queue",
        session.limit(2),
        session.for_update_skip_locked()
    );
    let rows = session
        .all(&sql, [now.into(), i64::from(limit).into()])
        .await?;
    let mut promoted = Promoted::default();
    for row in &rows {
        promoted.count += 1;
        promoted.queues.push(Row(row).text("queue")?);
    }
    promoted.queues.sort();
    promoted.queues.dedup();
    Ok(promoted)
}

/// The time of the earliest scheduled job.
pub(super) async fn next_due(session: Session<'_>) -> Result<Option<DateTime<Utc>>> {
    let sql = "SELECT MIN(run_at) AS due FROM fw_jobs WHERE state = 'scheduled'";
    let row = session.one(sql, []).await?;
    let due = row.map(|row| Row(&row).optional_time("due")).transpose()?;
    Ok(due.flatten())
}

/// Takes jobs from lost workers, in a transaction.
pub(super) async fn rescue(session: Session<'_>, limit: u32, now: i64) -> Result<Vec<Rescued>> {
    // First the workers are lost for ever, so that a heartbeat that is under way cannot revive one whose jobs are taken.
    workers::mark_lost(session, now).await?;
    let sql = format!(
        "SELECT fw_jobs.id AS job_id, fw_job_workers.id AS worker_id, host FROM fw_jobs \
         JOIN fw_job_workers ON fw_job_workers.id = fw_jobs.worker \
         WHERE fw_jobs.state = 'running' AND lost ORDER BY fw_jobs.id {} {}",
        session.limit(1),
        session.for_update_of_jobs()
    );
    let runs = session.all(&sql, [i64::from(limit).into()]).await?;
    let mut owners: HashMap<JobId, (WorkerId, String)> = HashMap::new();
    for run in &runs {
        let run = Row(run);
        let owner = (run.id("worker_id")?, run.text("host")?);
        owners.insert(run.id("job_id")?, owner);
    }
    let rescued = if owners.is_empty() {
        Vec::new()
    } else {
        take_back(session, &owners, now).await?
    };
    workers::delete_lost(session, now).await?;
    Ok(rescued)
}

async fn take_back(
    session: Session<'_>,
    owners: &HashMap<JobId, (WorkerId, String)>,
    now: i64,
) -> Result<Vec<Rescued>> {
    let is_dead = format!("(rescues + 1 >= {MAX_RESCUES} OR attempt >= max_attempts)");
    let sql = format!(
        "UPDATE fw_jobs SET state = CASE WHEN {is_dead} THEN 'dead' ELSE 'ready' END, rescues = rescues + 1, worker = NULL, \
         finished_at = CASE WHEN {is_dead} THEN $2 END WHERE {IS_RUNNING} AND id IN {} \
         RETURNING {}, token, attempt, queue, name",
        session.ids(1),
        Ended::COLUMNS,
    );
    let ids: Vec<Uuid> = owners.keys().map(|id| id.uuid()).collect();
    let rows = session.all(&sql, [json_ids(ids)?, now.into()]).await?;
    let mut rescued = Vec::new();
    let mut errors = Vec::new();
    let mut ended = Vec::new();
    for row in &rows {
        ended.extend(Ended::read(row)?);
        let row = Row(row);
        let id: JobId = row.id("id")?;
        let state = row.state()?;
        let Some((worker, host)) = owners.get(&id) else {
            continue;
        };
        let token = row.number("token")?;
        errors.push(EndedRun {
            fence: Fence { id, token },
            attempt: row.number("attempt")?,
            state,
            error: lost_worker(host),
        });
        rescued.push(Rescued {
            id,
            queue: row.text("queue")?,
            name: row.text("name")?,
            worker: *worker,
            state,
        });
    }
    insert_errors(session, &errors, now).await?;
    ending::end(session, ended, now).await?;
    rescued.sort_by_key(|job| job.id);
    Ok(rescued)
}
