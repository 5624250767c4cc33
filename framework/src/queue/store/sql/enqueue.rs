//! Enqueuing into the tables `fw_jobs` and `fw_job_keys`.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;
use uuid::fmt::Simple;

use super::{
    row::{Row, stored_scope},
    session::{Column, Session, end, json, json_ids},
};
use crate::queue::store::{
    BatchId, Enqueued, JobId, NewJob, Result, State, StoreError,
    rules::{check, expiry, waiting},
    time::micros,
};

/// The maximum number of jobs, and of bytes of their arguments, in one statement.
const MAX_ROWS: usize = 500;
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The number of times in a row that a key may be released between the attempt to take it and the question who has it.
const MAX_RELEASES: u32 = 20;

const ROW: &[(&str, Column)] = &[
    ("id", Column::Id),
    ("queue", Column::Text),
    ("name", Column::Text),
    ("args", Column::Text),
    ("priority", Column::Number),
    ("state", Column::Text),
    ("run_at", Column::Number),
    ("max_attempts", Column::Number),
    ("unique_key", Column::Text),
    ("key_scope", Column::Text),
    ("key_period", Column::Number),
    ("batch_id", Column::Id),
    ("after_id", Column::Id),
    ("erase_args", Column::Flag),
    ("meta", Column::Text),
];

#[derive(Serialize)]
struct NewRow<'a> {
    id: Simple,
    queue: &'a str,
    name: &'a str,
    args: &'a str,
    priority: i16,
    state: State,
    run_at: i64,
    max_attempts: u32,
    unique_key: Option<&'a str>,
    key_scope: Option<&'a str>,
    key_period: Option<i64>,
    batch_id: Option<Simple>,
    after_id: Option<Simple>,
    erase_args: bool,
    meta: Option<&'a str>,
}

const KEY_ROW: &[(&str, Column)] = &[
    ("job_name", Column::Text),
    ("unique_key", Column::Text),
    ("job_id", Column::Id),
    ("scope", Column::Text),
    ("expires_at", Column::Number),
];

#[derive(Serialize)]
struct KeyRow<'a> {
    job_name: &'a str,
    unique_key: &'a str,
    job_id: Simple,
    scope: &'a str,
    expires_at: Option<i64>,
}

/// A job with its state.
struct Due<'a> {
    job: &'a NewJob,
    after: Option<JobId>,
    state: State,
}

/// Enqueues jobs, in a transaction if that takes more than one statement.
pub(super) async fn enqueue(
    session: Session<'_>,
    jobs: &[NewJob],
    now: i64,
) -> Result<Vec<Enqueued>> {
    check(jobs)?;
    // An error of these is found half-way, and must leave nothing behind in the caller's transaction.
    let may_fail = jobs
        .iter()
        .any(|job| job.batch.is_some() || job.after.is_some());
    let is_one_statement = matches!(jobs, [job] if job.key.is_none());
    if !may_fail && (is_one_statement || session.is_transaction()) {
        return enqueue_checked(session, jobs, now).await;
    }
    let transaction = session.begin().await?;
    let result = enqueue_checked(Session::on(&transaction), jobs, now).await;
    end(transaction, result).await
}

/// Enqueues jobs that are checked. The session is a transaction, unless it is one job without a key.
pub(super) async fn enqueue_checked(
    session: Session<'_>,
    jobs: &[NewJob],
    now: i64,
) -> Result<Vec<Enqueued>> {
    let batches: BTreeMap<BatchId, ()> = jobs
        .iter()
        .filter_map(|job| Some((job.batch?, ())))
        .collect();
    for batch in batches.into_keys() {
        lock_batch(session, batch).await?;
    }
    let mut pending = Pending::new(jobs);
    let mut releases = 0;
    loop {
        let round = pending.next_round();
        if round.is_empty() {
            break;
        }
        let progress = insert_round(session, &mut pending, &round, now).await?;
        releases = if progress { 0 } else { releases + 1 };
        if releases > MAX_RELEASES {
            return Err(StoreError::Failed(
                "the key of a job was taken and released again and again while it was enqueued"
                    .into(),
            ));
        }
    }
    let outcomes = pending.into_outcomes();
    let mut members: BTreeMap<BatchId, i64> = BTreeMap::new();
    for (job, outcome) in jobs.iter().zip(&outcomes) {
        if let (Some(batch), true) = (job.batch, outcome.is_new()) {
            *members.entry(batch).or_default() += 1;
        }
    }
    for (batch, count) in members {
        session
            .execute(
                "UPDATE fw_job_batches SET total = total + $2, pending = pending + $2 WHERE id = $1",
                [batch.uuid().into(), count.into()],
            )
            .await?;
    }
    Ok(outcomes)
}

/// Enqueues the job at the end of a batch, which is blocked.
pub(super) async fn enqueue_blocked(
    session: Session<'_>,
    job: &NewJob,
    now: i64,
) -> Result<Enqueued> {
    if let Some(batch) = job.batch {
        lock_batch(session, batch).await?;
    }
    let jobs = std::slice::from_ref(job);
    let mut pending = Pending::new(jobs);
    for _ in 0..MAX_RELEASES {
        let due = Due {
            job,
            after: None,
            state: State::Blocked,
        };
        if insert(session, &mut pending, &[0], &[due], now).await? {
            break;
        }
    }
    let outcome = pending.into_outcomes().pop();
    let outcome = outcome.ok_or_else(|| StoreError::Damaged("a key has no job".to_owned()))?;
    if let (Some(batch), true) = (job.batch, outcome.is_new()) {
        session
            .execute(
                "UPDATE fw_job_batches SET total = total + 1, pending = pending + 1 WHERE id = $1",
                [batch.uuid().into()],
            )
            .await?;
    }
    Ok(outcome)
}

/// The jobs of a call, and the outcomes so far.
struct Pending<'a> {
    jobs: &'a [NewJob],
    outcomes: Vec<Option<Enqueued>>,
    /// The place of each id in `jobs`.
    places: HashMap<JobId, usize>,
    /// The number of jobs at the beginning that have an outcome.
    resolved: usize,
}

impl<'a> Pending<'a> {
    fn new(jobs: &'a [NewJob]) -> Self {
        let mut places = HashMap::new();
        for (place, job) in jobs.iter().enumerate() {
            places.entry(job.id).or_insert(place);
        }
        Self {
            jobs,
            outcomes: vec![None; jobs.len()],
            places,
            resolved: 0,
        }
    }

    /// The places of the jobs that can be inserted by one statement: their ids and keys differ, and the jobs that they wait for
    /// have an outcome.
    fn next_round(&mut self) -> Vec<usize> {
        while self
            .outcomes
            .get(self.resolved)
            .is_some_and(Option::is_some)
        {
            self.resolved += 1;
        }
        let mut ids = HashSet::new();
        let mut keys = HashSet::new();
        let mut bytes = 0;
        let mut round = Vec::new();
        for place in self.resolved..self.jobs.len() {
            let job = &self.jobs[place];
            if self.outcomes[place].is_some() {
                continue;
            }
            if round.len() == MAX_ROWS || bytes > MAX_BYTES {
                break;
            }
            let is_first_of_id = ids.insert(job.id);
            let is_first_of_key = job
                .key
                .as_ref()
                .is_none_or(|key| keys.insert((&job.name, &key.value)));
            let place_before = job.after.and_then(|after| self.places.get(&after));
            let waits = place_before.is_some_and(|place| self.outcomes[*place].is_none());
            if is_first_of_id && is_first_of_key && !waits {
                bytes += job.args.len();
                round.push(place);
            }
        }
        round
    }

    /// The job that a job waits for: the one that was there already, if that is so.
    fn after(&self, job: &NewJob) -> Option<JobId> {
        let after = job.after?;
        let place = self.places.get(&after);
        let outcome = place.and_then(|place| self.outcomes[*place]);
        Some(outcome.map_or(after, Enqueued::id))
    }

    fn into_outcomes(self) -> Vec<Enqueued> {
        self.outcomes.into_iter().flatten().collect()
    }
}

/// Inserts a round. Returns false if none of its jobs got an outcome.
async fn insert_round(
    session: Session<'_>,
    pending: &mut Pending<'_>,
    round: &[usize],
    now: i64,
) -> Result<bool> {
    let mut due = Vec::with_capacity(round.len());
    for place in round {
        let job = &pending.jobs[*place];
        let after = pending.after(job);
        let mut state = waiting(micros(job.run_at), now);
        if let Some(after) = after {
            match mark_predecessor(session, after).await? {
                None | Some(State::Done) => {}
                Some(State::Cancelled) => return Err(StoreError::after_cancelled(job)),
                Some(_) => state = State::Blocked,
            }
        }
        due.push(Due { job, after, state });
    }
    insert(session, pending, round, &due, now).await
}

/// Inserts jobs with their keys. Returns false if none of them got an outcome.
async fn insert(
    session: Session<'_>,
    pending: &mut Pending<'_>,
    round: &[usize],
    due: &[Due<'_>],
    now: i64,
) -> Result<bool> {
    let with_key: HashSet<JobId> = due
        .iter()
        .filter(|due| due.job.key.is_some())
        .map(|due| due.job.id)
        .collect();
    let owners = take_keys(session, due.iter().map(|due| due.job), now).await?;
    let free = due
        .iter()
        .filter(|due| owners.contains(&due.job.id) || !with_key.contains(&due.job.id));
    let inserted = insert_jobs(session, free, now).await?;
    let mut refused = Vec::new();
    for (place, due) in round.iter().zip(due) {
        if inserted.contains(&due.job.id) {
            pending.outcomes[*place] = Some(Enqueued::New(due.job.id));
        } else {
            refused.push((*place, due.job));
        }
    }
    if !refused.is_empty() {
        let others = existing(session, refused.iter().map(|(_, job)| *job), now).await?;
        for (place, job) in refused {
            pending.outcomes[place] = others.get(&job.id).copied().map(Enqueued::Existing);
        }
    }
    Ok(round.iter().any(|place| pending.outcomes[*place].is_some()))
}

/// Takes the keys of jobs that are not there yet, and returns the jobs whose keys were free.
async fn take_keys(
    session: Session<'_>,
    jobs: impl Iterator<Item = &NewJob>,
    now: i64,
) -> Result<HashSet<JobId>> {
    let rows: Vec<_> = jobs
        .filter_map(|job| {
            let key = job.key.as_ref()?;
            Some(KeyRow {
                job_name: &job.name,
                unique_key: &key.value,
                job_id: job.id.uuid().simple(),
                scope: stored_scope(key.scope).0,
                expires_at: expiry(key, now),
            })
        })
        .collect();
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    // In the order of the keys, so that two transactions do not wait for each other.
    let sql = format!(
        "INSERT INTO fw_job_keys (job_name, unique_key, job_id, scope, expires_at) \
         SELECT v.job_name, v.unique_key, v.job_id, v.scope, v.expires_at FROM {} \
         WHERE NOT EXISTS (SELECT 1 FROM fw_jobs WHERE fw_jobs.id = v.job_id) \
         ORDER BY v.job_name, v.unique_key \
         ON CONFLICT (job_name, unique_key) DO UPDATE \
         SET job_id = excluded.job_id, scope = excluded.scope, expires_at = excluded.expires_at \
         WHERE fw_job_keys.expires_at <= $2 RETURNING job_id",
        session.rows(1, "v", KEY_ROW)
    );
    let taken = session.all(&sql, [json(rows)?, now.into()]).await?;
    taken.iter().map(|row| Row(row).id("job_id")).collect()
}

/// Inserts jobs and returns the ids of those that were not there.
async fn insert_jobs<'a>(
    session: Session<'_>,
    due: impl Iterator<Item = &'a Due<'a>>,
    now: i64,
) -> Result<HashSet<JobId>> {
    let rows: Vec<_> = due
        .map(|due| {
            let job = due.job;
            let key = job.key.as_ref();
            let scope = key.map(|key| stored_scope(key.scope));
            NewRow {
                id: job.id.uuid().simple(),
                queue: &job.queue,
                name: &job.name,
                args: &job.args,
                priority: job.priority,
                state: due.state,
                run_at: micros(job.run_at),
                max_attempts: job.max_attempts,
                unique_key: key.map(|key| key.value.as_str()),
                key_scope: scope.map(|(scope, _)| scope),
                key_period: scope.and_then(|(_, period)| period),
                batch_id: job.batch.map(|id| id.uuid().simple()),
                after_id: due.after.map(|id| id.uuid().simple()),
                erase_args: job.erase_args,
                meta: job.meta.as_deref(),
            }
        })
        .collect();
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let columns: Vec<_> = ROW.iter().map(|(name, _)| *name).collect();
    let sql = format!(
        "INSERT INTO fw_jobs ({}, created_at) SELECT v.{}, $2 FROM {} WHERE TRUE \
         ON CONFLICT (id) DO NOTHING RETURNING id",
        columns.join(", "),
        columns.join(", v."),
        session.rows(1, "v", ROW)
    );
    let inserted = session.all(&sql, [json(rows)?, now.into()]).await?;
    inserted.iter().map(|row| Row(row).id("id")).collect()
}

/// The jobs that are there instead of new ones, by the ids of these: jobs with their ids, or with their keys.
pub(super) async fn existing<'a>(
    session: Session<'_>,
    jobs: impl Iterator<Item = &'a NewJob> + Clone,
    now: i64,
) -> Result<HashMap<JobId, JobId>> {
    let sql = format!("SELECT id FROM fw_jobs WHERE id IN {}", session.ids(1));
    let ids = json_ids(jobs.clone().map(|job| job.id.uuid()))?;
    let mut found = HashMap::new();
    for row in session.all(&sql, [ids]).await? {
        let id: JobId = Row(&row).id("id")?;
        found.insert(id, id);
    }
    for job in jobs {
        let Some(key) = job.key.as_ref().filter(|_| !found.contains_key(&job.id)) else {
            continue;
        };
        let sql = "SELECT job_id FROM fw_job_keys WHERE job_name = $1 AND unique_key = $2 \
            AND (expires_at IS NULL OR expires_at > $3)";
        let values = [
            job.name.as_str().into(),
            key.value.as_str().into(),
            now.into(),
        ];
        if let Some(row) = session.one(sql, values).await? {
            found.insert(job.id, Row(&row).id("job_id")?);
        }
    }
    Ok(found)
}

/// Notes that another job waits for a job, and returns the state of that; `None` if it is gone. It cannot end before the transaction
/// does.
pub(super) async fn mark_predecessor(session: Session<'_>, job: JobId) -> Result<Option<State>> {
    let sql = "UPDATE fw_jobs SET has_next = TRUE WHERE id = $1 RETURNING state";
    let row = session.one(sql, [job.uuid().into()]).await?;
    row.map(|row| Row(&row).state()).transpose()
}

/// Checks that a batch takes jobs, and keeps it from ending before the transaction does.
async fn lock_batch(session: Session<'_>, batch: BatchId) -> Result {
    let sql = "UPDATE fw_job_batches SET total = total WHERE id = $1 AND finished_at IS NULL";
    match session.execute(sql, [batch.uuid().into()]).await? {
        0 => Err(StoreError::BatchClosed(batch)),
        _ => Ok(()),
    }
}
