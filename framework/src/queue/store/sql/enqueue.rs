//! Enqueuing into the tables `fw_jobs` and `fw_job_keys`.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    iter::once,
    sync::OnceLock,
};

use sea_orm::Value;

use super::{
    row::{Row, stored_scope},
    session::{BoundRow, Cell, Session, in_transaction, json_ids},
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

/// A row of `fw_jobs`, but for `created_at`.
type NewRow<'a> = BoundRow<'a, 16>;

/// Enqueues jobs, in a transaction if that takes more than one statement.
pub(super) async fn enqueue(
    session: Session<'_>,
    jobs: &[NewJob],
    now: i64,
) -> Result<Vec<Enqueued>> {
    check(jobs)?;
    if let Some(job) = usual(jobs) {
        let (sql, values) = insert_one(job, now);
        return Ok(vec![match session.execute(sql, values).await? {
            0 => Enqueued::Existing(job.id),
            _ => Enqueued::New(job.id),
        }]);
    }
    // An error of these is found half-way, and must leave nothing behind in the caller's transaction.
    let may_fail = jobs
        .iter()
        .any(|job| job.batch.is_some() || job.after.is_some());
    if !may_fail && session.is_transaction() {
        return enqueue_checked(session, jobs, now).await;
    }
    in_transaction!(session, |tx| enqueue_checked(tx, jobs, now))
}

/// Enqueues jobs in the caller's transaction, if there is one. Nobody waits for the outcome of the usual job there.
pub(super) async fn enqueue_in(
    session: Session<'_>,
    jobs: &[NewJob],
    now: i64,
) -> Result<Vec<Enqueued>> {
    if let Some(job) = usual(jobs)
        && session.takes_effect_later()
    {
        check(jobs)?;
        let (sql, values) = insert_one(job, now);
        session.execute_later(sql, values).await?;
        return Ok(vec![Enqueued::New(job.id)]);
    }
    enqueue(session, jobs, now).await
}

/// The only job, if it is as most are that are part of a request: without a key, in no batch, and waiting for no other.
fn usual(jobs: &[NewJob]) -> Option<&NewJob> {
    let [job] = jobs else { return None };
    (job.key.is_none() && job.batch.is_none() && job.after.is_none()).then_some(job)
}

/// The statement that inserts a [`usual`] job. It returns nothing, as SQLite would make a table of that each time.
fn insert_one(job: &NewJob, now: i64) -> (&'static str, Vec<Value>) {
    static SQL: OnceLock<String> = OnceLock::new();
    let state = waiting(micros(job.run_at), now);
    // The rest has the defaults of its columns.
    let [own @ .., _, _, _, _, _, _] = row(job, None, state, false).0;
    let row = BoundRow(own);
    let sql = SQL.get_or_init(|| {
        let (columns, parameters) = (row.columns(), row.parameters(2));
        format!(
            "INSERT INTO fw_jobs (created_at, {columns}) VALUES ($1, {parameters}) ON CONFLICT (id) DO NOTHING"
        )
    });
    (sql, once(now.into()).chain(row.values()).collect())
}

/// Enqueues jobs that are checked, in a transaction.
pub(super) async fn enqueue_checked(
    session: Session<'_>,
    jobs: &[NewJob],
    now: i64,
) -> Result<Vec<Enqueued>> {
    run(session, Call::new(jobs, false), now).await
}

/// Enqueues the job at the end of a batch, which is blocked, in a transaction.
pub(super) async fn enqueue_blocked(
    session: Session<'_>,
    job: &NewJob,
    now: i64,
) -> Result<Enqueued> {
    let call = Call::new(std::slice::from_ref(job), true);
    let outcomes = run(session, call, now).await?;
    let outcome = outcomes.first().copied();
    outcome.ok_or_else(|| StoreError::Damaged("a job has no outcome".to_owned()))
}

/// Locks are taken in the order of a job that ends: jobs, keys, batches; each in the order of their ids.
async fn run(session: Session<'_>, mut call: Call<'_>, now: i64) -> Result<Vec<Enqueued>> {
    call.mark_predecessors(session).await?;
    let mut releases = 0;
    while call.is_open() {
        let progress = call.take_keys(session, now).await? | call.insert(session, now).await?;
        releases = if progress { 0 } else { releases + 1 };
        if releases > MAX_RELEASES {
            return Err(StoreError::Failed(
                "the key of a job was taken and released again and again while it was enqueued"
                    .into(),
            ));
        }
    }
    call.count_members(session).await?;
    Ok(call.outcomes.into_iter().flatten().collect())
}

/// The jobs of a call, and all that is known of them so far.
struct Call<'a> {
    jobs: &'a [NewJob],
    /// Whether they are blocked whatever they wait for.
    blocked: bool,
    outcomes: Vec<Option<Enqueued>>,
    /// The place of each id in `jobs`.
    places: HashMap<JobId, usize>,
    /// The jobs of this call that others of it wait for.
    awaited: HashSet<JobId>,
    /// The states of the stored jobs that others wait for.
    predecessors: HashMap<JobId, State>,
    /// The jobs whose keys this call has taken.
    owners: HashSet<JobId>,
}

impl<'a> Call<'a> {
    fn new(jobs: &'a [NewJob], blocked: bool) -> Self {
        let mut places = HashMap::new();
        for (place, job) in jobs.iter().enumerate() {
            places.entry(job.id).or_insert(place);
        }
        Self {
            jobs,
            blocked,
            outcomes: vec![None; jobs.len()],
            places,
            awaited: jobs.iter().filter_map(|job| job.after).collect(),
            predecessors: HashMap::new(),
            owners: HashSet::new(),
        }
    }

    fn is_open(&self) -> bool {
        self.outcomes.iter().any(Option::is_none)
    }

    /// The places of the jobs without an outcome that have no twin, by id or by key, before them: those are decided first.
    fn candidates(&self) -> Vec<usize> {
        let mut ids = HashSet::new();
        let mut keys = HashSet::new();
        let open = (0..self.jobs.len()).filter(|place| self.outcomes[*place].is_none());
        open.filter(|place| {
            let job = &self.jobs[*place];
            let key = job.key.as_ref().map(|key| (&job.name, &key.value));
            let is_first_of_id = ids.insert(job.id);
            let is_first_of_key = key.is_none_or(|key| keys.insert(key));
            is_first_of_id && is_first_of_key
        })
        .collect()
    }

    async fn mark_predecessors(&mut self, session: Session<'_>) -> Result {
        if self.awaited.is_empty() {
            return Ok(());
        }
        let ids = json_ids(self.awaited.iter().map(|id| id.uuid()))?;
        self.predecessors = mark_predecessors(session, ids).await?;
        Ok(())
    }

    /// Takes the keys of candidates, as far as they are free. Returns false if nothing came of it.
    async fn take_keys(&mut self, session: Session<'_>, now: i64) -> Result<bool> {
        let mut with_key: Vec<_> = self
            .candidates()
            .into_iter()
            .filter(|place| !self.owners.contains(&self.jobs[*place].id))
            .filter_map(|place| {
                let job = &self.jobs[place];
                Some((&job.name, &job.key.as_ref()?.value, place))
            })
            .collect();
        // So that two transactions do not wait for each other.
        with_key.sort();
        let mut progress = false;
        for part in with_key.chunks(MAX_ROWS) {
            let jobs = part.iter().map(|(.., place)| &self.jobs[*place]);
            let owners = take_keys(session, jobs.clone(), now).await?;
            let refused = jobs.filter(|job| !owners.contains(&job.id));
            let others = existing(session, refused, now).await?;
            for (.., place) in part {
                if let Some(other) = others.get(&self.jobs[*place].id) {
                    self.outcomes[*place] = Some(Enqueued::Existing(*other));
                }
            }
            progress |= !owners.is_empty() || !others.is_empty();
            self.owners.extend(owners);
        }
        Ok(progress)
    }

    /// Inserts the candidates that have their keys. Returns false if there was none.
    async fn insert(&mut self, session: Session<'_>, now: i64) -> Result<bool> {
        let mut part = Vec::new();
        let mut bytes = 0;
        let mut progress = false;
        // Those that are inserted before others that wait for them, or together with them.
        let mut admitted = HashSet::new();
        for place in self.candidates() {
            let job = &self.jobs[place];
            if job.key.is_some() && !self.owners.contains(&job.id) {
                continue;
            }
            let Some((after, state)) = self.wait(session, job, &admitted, now).await? else {
                continue;
            };
            admitted.insert(job.id);
            bytes += job.args.len();
            part.push((
                place,
                row(job, after, state, self.awaited.contains(&job.id)),
            ));
            progress = true;
            if part.len() == MAX_ROWS || bytes > MAX_BYTES {
                self.insert_part(session, std::mem::take(&mut part), now)
                    .await?;
                bytes = 0;
            }
        }
        self.insert_part(session, part, now).await?;
        Ok(progress)
    }

    /// The job that a job waits for, and the state that it has therefore; `None` while that is not decided.
    async fn wait(
        &mut self,
        session: Session<'_>,
        job: &NewJob,
        admitted: &HashSet<JobId>,
        now: i64,
    ) -> Result<Option<(Option<JobId>, State)>> {
        let due = if self.blocked {
            State::Blocked
        } else {
            waiting(micros(job.run_at), now)
        };
        let Some(mut after) = job.after else {
            return Ok(Some((None, due)));
        };
        if let Some(place) = self.places.get(&after) {
            match self.outcomes[*place] {
                // Of this very call, and so not done yet.
                Some(Enqueued::New(_)) => return Ok(Some((Some(after), State::Blocked))),
                Some(Enqueued::Existing(other)) => after = other,
                None if !admitted.contains(&after) => return Ok(None),
                None if !self.predecessors.contains_key(&after) => {
                    return Ok(Some((Some(after), State::Blocked)));
                }
                None => {}
            }
        }
        if job.after != Some(after) && !self.predecessors.contains_key(&after) {
            let marked = mark_predecessors(session, json_ids([after.uuid()])?).await?;
            self.predecessors.extend(marked);
        }
        match self.predecessors.get(&after) {
            None | Some(State::Done) => Ok(Some((Some(after), due))),
            Some(State::Cancelled) => Err(StoreError::after_cancelled(job)),
            Some(_) => Ok(Some((Some(after), State::Blocked))),
        }
    }

    async fn insert_part(
        &mut self,
        session: Session<'_>,
        part: Vec<(usize, NewRow<'_>)>,
        now: i64,
    ) -> Result {
        let (places, rows): (Vec<_>, Vec<_>) = part.into_iter().unzip();
        let Some(columns) = rows.first().map(BoundRow::columns) else {
            return Ok(());
        };
        let (table, bound) = session.rows("v", 2, &rows)?;
        let sql = format!(
            "INSERT INTO fw_jobs ({columns}, created_at) SELECT {columns}, $1 FROM {table} WHERE TRUE \
             ON CONFLICT (id) DO NOTHING RETURNING id"
        );
        let inserted = session.all(&sql, once(now.into()).chain(bound)).await?;
        let inserted: HashSet<JobId> = inserted
            .iter()
            .map(|row| Row(row).id("id"))
            .collect::<Result<_>>()?;
        for place in places {
            let id = self.jobs[place].id;
            self.outcomes[place] = Some(if inserted.contains(&id) {
                Enqueued::New(id)
            } else {
                Enqueued::Existing(id)
            });
        }
        Ok(())
    }

    /// Counts the new jobs of batches.
    async fn count_members(&self, session: Session<'_>) -> Result {
        let mut members: BTreeMap<BatchId, i64> = BTreeMap::new();
        for (job, outcome) in self.jobs.iter().zip(&self.outcomes) {
            if let Some(batch) = job.batch {
                *members.entry(batch).or_default() +=
                    i64::from(outcome.is_some_and(Enqueued::is_new));
            }
        }
        for (batch, count) in members {
            let sql = "UPDATE fw_job_batches SET total = total + $2, pending = pending + $2 \
                WHERE id = $1 AND finished_at IS NULL";
            let values = [batch.uuid().into(), count.into()];
            if session.execute(sql, values).await? == 0 {
                return Err(StoreError::BatchClosed(batch));
            }
        }
        Ok(())
    }
}

/// The row of a job, but for `created_at`.
fn row(job: &NewJob, after: Option<JobId>, state: State, has_next: bool) -> NewRow<'_> {
    let key = job.key.as_ref();
    let scope = key.map(|key| stored_scope(key.scope));
    BoundRow([
        ("id", Cell::id(job.id.uuid())),
        ("queue", Cell::text(job.queue.as_str())),
        ("name", Cell::text(job.name.as_str())),
        ("args", Cell::text(job.args.as_str())),
        ("priority", Cell::number(job.priority)),
        ("state", Cell::text(state.as_str())),
        ("run_at", Cell::number(micros(job.run_at))),
        ("max_attempts", Cell::number(job.max_attempts)),
        ("erase_args", Cell::Flag(job.erase_args)),
        ("meta", Cell::text(job.meta.as_deref())),
        // Of the jobs that have a key, a batch or a chain.
        ("unique_key", Cell::text(key.map(|key| key.value.as_str()))),
        ("key_scope", Cell::text(scope.map(|(scope, _)| scope))),
        (
            "key_period",
            Cell::Number(scope.and_then(|(_, period)| period)),
        ),
        ("batch_id", Cell::id(job.batch.map(BatchId::uuid))),
        ("after_id", Cell::id(after.map(JobId::uuid))),
        ("has_next", Cell::Flag(has_next)),
    ])
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
            Some(BoundRow([
                ("job_name", Cell::text(job.name.as_str())),
                ("unique_key", Cell::text(key.value.as_str())),
                ("job_id", Cell::id(job.id.uuid())),
                ("scope", Cell::text(stored_scope(key.scope).0)),
                ("expires_at", Cell::Number(expiry(key, now))),
            ]))
        })
        .collect();
    let (table, bound) = session.rows("v", 2, &rows)?;
    // One that is seen to be taken is left alone: a conflict would lock it, and keep its job from ending before the caller's
    // transaction does.
    let sql = format!(
        "INSERT INTO fw_job_keys (job_name, unique_key, job_id, scope, expires_at) \
         SELECT v.job_name, v.unique_key, v.job_id, v.scope, v.expires_at FROM {table} \
         WHERE NOT EXISTS (SELECT 1 FROM fw_jobs WHERE fw_jobs.id = v.job_id) \
         AND NOT EXISTS (SELECT 1 FROM fw_job_keys AS taken WHERE taken.job_name = v.job_name \
         AND taken.unique_key = v.unique_key AND (taken.expires_at IS NULL OR taken.expires_at > $1)) \
         ORDER BY v.job_name, v.unique_key \
         ON CONFLICT (job_name, unique_key) DO UPDATE \
         SET job_id = excluded.job_id, scope = excluded.scope, expires_at = excluded.expires_at \
         WHERE fw_job_keys.expires_at <= $1 RETURNING job_id"
    );
    let taken = session.all(&sql, once(now.into()).chain(bound)).await?;
    taken.iter().map(|row| Row(row).id("job_id")).collect()
}

/// The jobs that are there instead of new ones, by the ids of these: jobs with their ids, or with their keys.
pub(super) async fn existing<'a>(
    session: Session<'_>,
    jobs: impl Iterator<Item = &'a NewJob> + Clone,
    now: i64,
) -> Result<HashMap<JobId, JobId>> {
    let mut found = HashMap::new();
    if jobs.clone().next().is_none() {
        return Ok(found);
    }
    let sql = format!("SELECT id FROM fw_jobs WHERE id IN {}", session.ids(1));
    let ids = json_ids(jobs.clone().map(|job| job.id.uuid()))?;
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

/// Notes that other jobs wait for jobs, and returns the states of these as far as they are there. They cannot end before the
/// transaction does.
pub(super) async fn mark_predecessors(
    session: Session<'_>,
    ids: Value,
) -> Result<HashMap<JobId, State>> {
    let sql = format!(
        "WITH locked AS MATERIALIZED (SELECT id AS locked_id FROM fw_jobs WHERE id IN {} ORDER BY id {}) \
         UPDATE fw_jobs SET has_next = TRUE FROM locked WHERE id = locked_id RETURNING id, state",
        session.ids(1),
        session.for_update()
    );
    let rows = session.all(&sql, [ids]).await?;
    let state = |row| Ok((Row(row).id("id")?, Row(row).state()?));
    rows.iter().map(state).collect()
}
