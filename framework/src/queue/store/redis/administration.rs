//! Listing, counting, cancelling, replaying and deleting.

use chrono::TimeDelta;
use redis::{Value, cmd};

use super::{
    codec::{
        array, damaged, fixed, fixed_texts, id_text, is_one, read_id, read_number, read_state,
        read_time, record, run_error, text, texts, time_text,
    },
    connection::{ADMINISTRATION, Call, Connection},
};
use crate::queue::store::{
    Cancelled, JobDetail, JobFilter, JobId, JobRecord, Page, Replayed, Result, Retention, State,
    Stats, StoreError, Worker,
    time::{duration_micros, micros},
};

const SECOND: i64 = 1_000_000;

/// The maximum number of jobs that one call of the script deletes.
const MAX_STEP: u64 = 500;

/// The time in seconds for which the ids of relayed jobs that were deleted are known.
const REMEMBERED: i64 = TimeDelta::hours(24).num_seconds();

pub(super) async fn list(
    connection: &Connection,
    filter: &JobFilter,
    page: Page,
) -> Result<Vec<JobRecord>> {
    let mut found = Vec::new();
    let states = if filter.states.is_empty() {
        State::ALL
    } else {
        &filter.states
    };
    let mut from = page.before.map(|id| id_text(id.uuid()));
    let limit = page.limit as usize;
    while found.len() < limit {
        let scan = Scan {
            from: from.as_deref().unwrap_or_default(),
            limit: limit - found.len(),
            filter,
            states,
        };
        let Some(call) = scan.call("list", 0) else {
            break;
        };
        let [next, jobs] = fixed(connection.run(&ADMINISTRATION, call).await?)?;
        for job in array(jobs)? {
            found.push(record(job)?);
        }
        let next = text(next)?;
        if next.is_empty() {
            break;
        }
        from = Some(next);
    }
    Ok(found)
}

pub(super) async fn purge(
    connection: &Connection,
    filter: &JobFilter,
    limit: u32,
    now: i64,
) -> Result<u64> {
    let is_meant = |state: &State| {
        state.is_final() && (filter.states.is_empty() || filter.states.contains(state))
    };
    let states: Vec<_> = State::ALL.iter().copied().filter(is_meant).collect();
    let limit = u64::from(limit);
    let mut deleted = 0;
    let mut from = String::new();
    while deleted < limit {
        let scan = Scan {
            from: &from,
            limit: usize::try_from(limit - deleted).unwrap_or(usize::MAX),
            filter,
            states: &states,
        };
        let Some(call) = scan.call("purge", now) else {
            break;
        };
        let response = connection.run(&ADMINISTRATION, call).await?;
        let [next, count] = fixed_texts(response)?;
        deleted += read_number::<u64>(&count)?;
        if next.is_empty() {
            break;
        }
        from = next;
    }
    Ok(deleted)
}

/// A look at a part of the jobs.
struct Scan<'a> {
    /// The id to go on from; empty at the beginning.
    from: &'a str,
    limit: usize,
    filter: &'a JobFilter,
    states: &'a [State],
}

impl Scan<'_> {
    /// The call of an operation; `None` if nothing can be found.
    fn call(&self, operation: &str, now: i64) -> Option<Call> {
        // No job here is part of a batch.
        if self.states.is_empty() || self.filter.batch.is_some() {
            return None;
        }
        let marked = |text: &Option<String>| {
            let text = text.as_ref().map(|text| format!("+{text}"));
            text.unwrap_or_default()
        };
        let before = self
            .filter
            .finished_before
            .map(|time| time_text(micros(time)));
        let mut call = Call::new(operation, now)
            .with((now / SECOND).to_string())
            .with(self.from)
            .with(self.limit.to_string())
            .with(marked(&self.filter.queue))
            .with(marked(&self.filter.name))
            .with(before.unwrap_or_default());
        for state in self.states {
            call.add(state.as_str());
        }
        Some(call)
    }
}

pub(super) async fn purge_one(connection: &Connection, job: JobId, now: i64) -> Result<bool> {
    let call = Call::new("purge_one", now)
        .with((now / SECOND).to_string())
        .with(id_text(job.uuid()));
    Ok(is_one(&connection.run(&ADMINISTRATION, call).await?))
}

/// Deletes what is over, each part of it in one step.
pub(super) async fn prune(
    connection: &Connection,
    retention: &Retention,
    limit: u32,
    now: i64,
) -> Result<u64> {
    let seconds = now / SECOND;
    let limit = u64::from(limit);
    let mut deleted = 0;
    loop {
        let part = (limit - deleted).min(MAX_STEP);
        let mut call = Call::new("prune", now)
            .with(seconds.to_string())
            .with((seconds - REMEMBERED).to_string())
            .with(part.to_string());
        for state in [State::Done, State::Dead, State::Cancelled] {
            let kept = retention.of(state);
            let before = kept.map(|kept| time_text(now.saturating_sub(duration_micros(kept))));
            call.add(before.unwrap_or_default());
        }
        let count = text(connection.run(&ADMINISTRATION, call).await?)?;
        let count: u64 = read_number(&count)?;
        deleted += count;
        if count < part || deleted >= limit {
            return Ok(deleted);
        }
    }
}

pub(super) async fn show(connection: &Connection, job: JobId) -> Result<Option<JobDetail>> {
    let call = Call::timeless("show").with(id_text(job.uuid()));
    let shown = connection.run(&ADMINISTRATION, call).await?;
    if shown == Value::Nil {
        return Ok(None);
    }
    let [job, errors] = fixed(shown)?;
    let errors = texts(errors)?;
    Ok(Some(JobDetail {
        job: record(job)?,
        errors: errors
            .iter()
            .map(|error| run_error(error))
            .collect::<Result<_>>()?,
        steps: std::collections::BTreeMap::new(),
    }))
}

pub(super) async fn cancel(connection: &Connection, job: JobId, now: i64) -> Result<Cancelled> {
    let call = Call::new("cancel", now).with(id_text(job.uuid()));
    let response = connection.run(&ADMINISTRATION, call).await?;
    if response == Value::Nil {
        return Ok(Cancelled::Missing);
    }
    let [state, is_cancelled] = fixed(response)?;
    let state = read_state(&text(state)?)?;
    Ok(if is_one(&is_cancelled) {
        Cancelled::From(state)
    } else {
        Cancelled::Ended(state)
    })
}

pub(super) async fn replay(connection: &Connection, job: JobId, now: i64) -> Result<Replayed> {
    let call = Call::new("replay", now).with(id_text(job.uuid()));
    let response = connection.run(&ADMINISTRATION, call).await?;
    let [word, detail] = fixed_texts(response)?;
    Ok(match word.as_str() {
        "as" => Replayed::As(read_state(&detail)?),
        "not" => Replayed::Not(read_state(&detail)?),
        "taken" => Replayed::KeyTaken(read_id(&detail)?),
        "missing" => Replayed::Missing,
        other => return Err(damaged("outcome of a replay", other)),
    })
}

pub(super) async fn stats(connection: &Connection, known: &[String]) -> Result<Stats> {
    let call = Call::timeless("stats");
    let response = connection.run(&ADMINISTRATION, call).await?;
    let [counts, ages, names, paused, workers] = fixed(response)?;
    let mut numbers = Stats::default();
    for row in array(counts)? {
        let [queue, state, count] = fixed_texts(row)?;
        let queue = numbers.queues.entry(queue).or_default();
        queue
            .states
            .insert(read_state(&state)?, read_number(&count)?);
    }
    for row in array(ages)? {
        let [queue, time] = fixed_texts(row)?;
        let queue = numbers.queues.entry(queue).or_default();
        queue.oldest_ready = Some(read_time(&time)?);
    }
    for row in array(names)? {
        let [name, count] = fixed_texts(row)?;
        let count: u64 = read_number(&count)?;
        if !known.contains(&name) {
            *numbers.unknown.entry(name).or_default() += count;
        }
    }
    for queue in texts(paused)? {
        numbers.queues.entry(queue).or_default().paused = true;
    }
    for row in array(workers)? {
        numbers.workers.push(worker(fixed_texts(row)?)?);
    }
    numbers.workers.sort_by_key(|worker| worker.id);
    Ok(numbers)
}

fn worker([id, lease, host, queues, started_at]: [String; 5]) -> Result<Worker> {
    Ok(Worker {
        id: read_id(&id)?,
        host,
        queues: serde_json::from_str(&queues)
            .map_err(|error| StoreError::Damaged(format!("the queues of a worker: {error}")))?,
        started_at: read_time(&started_at)?,
        lease_until: read_time(&lease)?,
    })
}

/// Adds a queue to those that are paused (`SADD`), or takes it out (`SREM`).
pub(super) async fn set_paused(connection: &Connection, command: &str, queue: &str) -> Result {
    let paused = format!("{}paused", connection.base());
    let mut command = cmd(command);
    let done = connection.command(command.arg(paused).arg(queue));
    done.await.map(drop)
}
