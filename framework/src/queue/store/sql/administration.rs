//! Listing, counting, cancelling, replaying and deleting.

use std::collections::HashMap;

use sea_orm::Value;

use super::{
    ending::{self, Ended},
    enqueue::mark_predecessors,
    row::{COLUMNS, Row, records, stored_scope},
    session::{Session, json_ids},
    workers,
};
use crate::queue::store::{
    BatchId, Cancelled, JobDetail, JobFilter, JobId, JobRecord, KeyScope, Page, Replayed, Result,
    Retention, RunError, State, Stats,
    time::{duration_micros, micros},
};

pub(super) async fn list(
    session: Session<'_>,
    filter: &JobFilter,
    page: Page,
) -> Result<Vec<JobRecord>> {
    let mut conditions = Conditions::of(filter);
    if let Some(before) = page.before {
        conditions.add("id <", before.uuid());
    }
    let Conditions { sql, mut values } = conditions;
    values.push(i64::from(page.limit).into());
    let sql = format!(
        "SELECT {COLUMNS} FROM fw_jobs WHERE {sql} ORDER BY id DESC {}",
        session.limit(values.len())
    );
    records(&session.all(&sql, values).await?)
}

pub(super) async fn show(session: Session<'_>, job: JobId) -> Result<Option<JobDetail>> {
    let id = job.uuid();
    let sql = format!("SELECT {COLUMNS} FROM fw_jobs WHERE id = $1");
    let Some(row) = session.one(&sql, [id.into()]).await? else {
        return Ok(None);
    };
    let sql = "SELECT token, attempt, at, state, error FROM fw_job_errors WHERE job_id = $1 ORDER BY token";
    let errors = session.all(sql, [id.into()]).await?;
    let error = |row| {
        let row = Row(row);
        Ok(RunError {
            token: row.number("token")?,
            attempt: row.number("attempt")?,
            at: row.time("at")?,
            state: row.state()?,
            error: row.text("error")?,
        })
    };
    let sql = "SELECT name, result FROM fw_job_steps WHERE job_id = $1";
    let steps = session.all(sql, [id.into()]).await?;
    let step = |row| Ok((Row(row).text("name")?, Row(row).text("result")?));
    Ok(Some(JobDetail {
        job: Row(&row).record()?,
        errors: errors.iter().map(error).collect::<Result<_>>()?,
        steps: steps.iter().map(step).collect::<Result<_>>()?,
    }))
}

/// The counts of all queues. Each state is counted with its own index: there may be millions of jobs that have ended, whose rows must not be
/// read.
pub(super) const COUNTS: &str = "\
    SELECT queue, 'blocked' AS state, COUNT(*) AS jobs, MIN(run_at) AS oldest FROM fw_jobs WHERE state = 'blocked' GROUP BY queue \
    UNION ALL SELECT queue, 'scheduled', COUNT(*), MIN(run_at) FROM fw_jobs WHERE state = 'scheduled' GROUP BY queue \
    UNION ALL SELECT queue, 'ready', COUNT(*), MIN(run_at) FROM fw_jobs WHERE state = 'ready' GROUP BY queue \
    UNION ALL SELECT queue, 'running', COUNT(*), MIN(run_at) FROM fw_jobs WHERE state = 'running' GROUP BY queue \
    UNION ALL SELECT queue, state, COUNT(*), CAST(NULL AS bigint) FROM fw_jobs \
    WHERE state = 'done' OR state = 'dead' OR state = 'cancelled' GROUP BY queue, state";

pub(super) async fn stats(session: Session<'_>, known: &[String]) -> Result<Stats> {
    let mut numbers = Stats::default();
    for row in &session.all(COUNTS, []).await? {
        let row = Row(row);
        let state = row.state()?;
        let queue = numbers.queues.entry(row.text("queue")?).or_default();
        queue.states.insert(state, row.number("jobs")?);
        if state == State::Ready {
            queue.oldest_ready = row.optional_time("oldest")?;
        }
    }
    let sql = "SELECT name, COUNT(*) AS jobs FROM fw_jobs WHERE state = 'ready' GROUP BY name";
    for row in &session.all(sql, []).await? {
        let name = Row(row).text("name")?;
        if !known.contains(&name) {
            numbers.unknown.insert(name, Row(row).number("jobs")?);
        }
    }
    for row in &session.all("SELECT name FROM fw_job_queues", []).await? {
        let queue = numbers.queues.entry(Row(row).text("name")?).or_default();
        queue.paused = true;
    }
    numbers.workers = workers::alive(session).await?;
    Ok(numbers)
}

/// Cancels a job, in a transaction.
pub(super) async fn cancel(session: Session<'_>, job: JobId, now: i64) -> Result<Cancelled> {
    let sql = format!(
        "SELECT state FROM fw_jobs WHERE id = $1 {}",
        session.for_update()
    );
    let Some(row) = session.one(&sql, [job.uuid().into()]).await? else {
        return Ok(Cancelled::Missing);
    };
    let state = Row(&row).state()?;
    if state.is_final() {
        return Ok(Cancelled::Ended(state));
    }
    let sql = format!(
        "UPDATE fw_jobs SET state = 'cancelled', worker = NULL, finished_at = $2 WHERE id = $1 RETURNING {}",
        Ended::COLUMNS
    );
    let row = session.one(&sql, [job.uuid().into(), now.into()]).await?;
    let ended = row.as_ref().map(Ended::read).transpose()?.flatten();
    ending::end(session, ended.into_iter().collect(), now).await?;
    Ok(Cancelled::From(state))
}

/// Replays a job, in a transaction.
pub(super) async fn replay(session: Session<'_>, job: JobId, now: i64) -> Result<Replayed> {
    let sql = format!(
        "SELECT state, name, unique_key, key_scope, key_period, batch_id, after_id FROM fw_jobs WHERE id = $1 {}",
        session.for_update()
    );
    let Some(row) = session.one(&sql, [job.uuid().into()]).await? else {
        return Ok(Replayed::Missing);
    };
    let row = Row(&row);
    let state = row.state()?;
    if !matches!(state, State::Dead | State::Cancelled) {
        return Ok(Replayed::Not(state));
    }
    if let Some(key) = row.key()?
        && !matches!(key.scope, KeyScope::Period(_))
    {
        let name = row.text("name")?;
        let owner = take_key_again(session, job, &name, &key.value, key.scope, now).await?;
        if owner != job {
            return Ok(Replayed::KeyTaken(owner));
        }
    }
    let before = match row.optional_id::<JobId>("after_id")? {
        Some(after) => mark_predecessors(session, json_ids([after.uuid()])?).await?,
        None => HashMap::new(),
    };
    let state = if before.values().any(|state| *state != State::Done) {
        State::Blocked
    } else {
        State::Ready
    };
    if let Some(batch) = row.optional_id::<BatchId>("batch_id")? {
        let sql = "UPDATE fw_job_batches SET pending = pending + 1, failed = failed - 1 \
            WHERE id = $1 AND finished_at IS NULL";
        session.execute(sql, [batch.uuid().into()]).await?;
    }
    let sql = "UPDATE fw_jobs SET state = $2, run_at = $3, attempt = 0, rescues = 0, finished_at = NULL, progress = NULL \
        WHERE id = $1";
    let values = [job.uuid().into(), state.as_str().into(), now.into()];
    session.execute(sql, values).await?;
    Ok(Replayed::As(state))
}

/// Takes the key of a job again, and returns the job that has it then.
async fn take_key_again(
    session: Session<'_>,
    job: JobId,
    name: &str,
    key: &str,
    scope: KeyScope,
    now: i64,
) -> Result<JobId> {
    // The row of another job is locked by being written as it is.
    let sql = "INSERT INTO fw_job_keys (job_name, unique_key, job_id, scope) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (job_name, unique_key) DO UPDATE SET \
        job_id = CASE WHEN fw_job_keys.expires_at <= $5 THEN excluded.job_id ELSE fw_job_keys.job_id END, \
        scope = CASE WHEN fw_job_keys.expires_at <= $5 THEN excluded.scope ELSE fw_job_keys.scope END, \
        expires_at = CASE WHEN fw_job_keys.expires_at <= $5 THEN NULL ELSE fw_job_keys.expires_at END \
        RETURNING job_id";
    let values = [
        name.into(),
        key.into(),
        job.uuid().into(),
        stored_scope(scope).0.into(),
        now.into(),
    ];
    let row = session.one(sql, values).await?;
    row.map_or(Ok(job), |row| Row(&row).id("job_id"))
}

/// Deletes jobs that have ended and that a filter matches, in a transaction.
pub(super) async fn purge(
    session: Session<'_>,
    filter: &JobFilter,
    limit: u32,
    now: i64,
) -> Result<u64> {
    delete(session, Conditions::of(filter), "id", limit, now).await
}

/// Deletes a job that has ended, in a transaction.
pub(super) async fn purge_one(session: Session<'_>, job: JobId, now: i64) -> Result<bool> {
    let mut conditions = Conditions::of(&JobFilter::default());
    conditions.add("id =", job.uuid());
    Ok(delete(session, conditions, "id", 1, now).await? == 1)
}

/// Deletes jobs whose retention is over, in a transaction.
pub(super) async fn prune_jobs(
    session: Session<'_>,
    retention: &Retention,
    limit: u32,
    now: i64,
) -> Result<u64> {
    let mut deleted = 0;
    for state in [State::Done, State::Dead, State::Cancelled] {
        let Some(kept) = retention.of(state) else {
            continue;
        };
        let mut conditions = Conditions::of(&JobFilter {
            states: vec![state],
            ..JobFilter::default()
        });
        conditions.add("finished_at <", now.saturating_sub(duration_micros(kept)));
        let left = u32::try_from(u64::from(limit) - deleted).unwrap_or(0);
        deleted += delete(session, conditions, "finished_at, id", left, now).await?;
    }
    Ok(deleted)
}

/// Deletes what has expired: keys, rate limits that are full again, batches without jobs.
pub(super) async fn prune_rest(
    session: Session<'_>,
    retention: &Retention,
    limit: u32,
    now: i64,
) -> Result {
    let values = || [now.into(), i64::from(limit).into()];
    let at_most = session.limit(2);
    let sql = format!(
        "DELETE FROM fw_job_keys WHERE (job_name, unique_key) IN \
         (SELECT job_name, unique_key FROM fw_job_keys WHERE expires_at <= $1 {at_most})"
    );
    session.execute(&sql, values()).await?;
    let sql = format!(
        "DELETE FROM fw_job_limits WHERE name IN \
         (SELECT name FROM fw_job_limits WHERE arrival <= $1 {at_most})"
    );
    session.execute(&sql, values()).await?;
    if let Some(kept) = retention.done {
        let before = now.saturating_sub(duration_micros(kept));
        let sql = format!(
            "DELETE FROM fw_job_batches WHERE id IN \
             (SELECT id FROM fw_job_batches WHERE finished_at < $1 AND NOT EXISTS \
             (SELECT 1 FROM fw_jobs WHERE fw_jobs.batch_id = fw_job_batches.id) ORDER BY id {at_most})"
        );
        session
            .execute(&sql, [before.into(), i64::from(limit).into()])
            .await?;
    }
    Ok(())
}

async fn delete(
    session: Session<'_>,
    conditions: Conditions,
    order: &str,
    limit: u32,
    now: i64,
) -> Result<u64> {
    let Conditions { sql, mut values } = conditions;
    values.push(i64::from(limit).into());
    let sql = format!(
        "SELECT id, token, unique_key, has_next FROM fw_jobs WHERE finished_at IS NOT NULL AND {sql} \
         ORDER BY {order} {} {}",
        session.limit(values.len()),
        session.for_update_skip_locked()
    );
    let rows = session.all(&sql, values).await?;
    let mut ids: Vec<JobId> = Vec::new();
    let mut never_claimed = Vec::new();
    let mut with_next = Vec::new();
    for row in &rows {
        let row = Row(row);
        let id: JobId = row.id("id")?;
        ids.push(id);
        if row.number::<u64>("token")? == 0 && row.optional_text("unique_key")?.is_some() {
            never_claimed.push(id.uuid());
        }
        if row.flag("has_next")? {
            with_next.push(id);
        }
    }
    if ids.is_empty() {
        return Ok(0);
    }
    if !never_claimed.is_empty() {
        let sql = format!("DELETE FROM fw_job_keys WHERE job_id IN {}", session.ids(1));
        session.execute(&sql, [json_ids(never_claimed)?]).await?;
    }
    // After a dead job there may be some that wait for its replay.
    let cancelled = ending::cancel_after(session, &with_next, now).await?;
    ending::end(session, cancelled, now).await?;
    let sql = format!("DELETE FROM fw_jobs WHERE id IN {}", session.ids(1));
    let ids = json_ids(ids.iter().map(|id| id.uuid()))?;
    session.execute(&sql, [ids]).await
}

/// The condition of a filter, with its values.
struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    fn of(filter: &JobFilter) -> Self {
        let mut conditions = Self {
            sql: "TRUE".to_owned(),
            values: Vec::new(),
        };
        if !filter.states.is_empty() {
            let states: Vec<_> = filter
                .states
                .iter()
                .map(|state| format!("'{state}'"))
                .collect();
            let states = format!(" AND state IN ({})", states.join(", "));
            conditions.sql.push_str(&states);
        }
        if let Some(queue) = &filter.queue {
            conditions.add("queue =", queue.as_str());
        }
        if let Some(name) = &filter.name {
            conditions.add("name =", name.as_str());
        }
        if let Some(batch) = filter.batch {
            conditions.add("batch_id =", batch.uuid());
        }
        if let Some(time) = filter.finished_before {
            conditions.add("finished_at <", micros(time));
        }
        conditions
    }

    fn add(&mut self, comparison: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        let condition = format!(" AND {comparison} ${}", self.values.len());
        self.sql.push_str(&condition);
    }
}
