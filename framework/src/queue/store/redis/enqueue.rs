//! Enqueuing: directly, from the outbox, and with the slots of schedules.

use std::{collections::HashMap, time::Duration};

use tokio::time::timeout;

use super::{
    codec::{
        NEVER, fixed_texts, id_text, job_text, order_text, read_id, read_time, scope_text, texts,
        time_text,
    },
    connection::{Call, Connection, ENQUEUE},
};
use crate::queue::store::{
    Enqueued, JobId, NewJob, Result, Slot, StoreError,
    rules::{check, expiry, waiting},
    time::micros,
};

/// The maximum number of jobs, and of bytes of their arguments, that one call of the script enqueues: the server does nothing else
/// meanwhile.
const MAX_JOBS: usize = 500;
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The time for a look at what would become of jobs that are enqueued with a transaction.
const FORESIGHT: Duration = Duration::from_millis(500);

/// Checks that jobs can be stored here.
pub(super) fn check_all(jobs: &[NewJob]) -> Result {
    check(jobs)?;
    let unsupported = |what| Err(StoreError::Unsupported { what });
    if jobs.iter().any(|job| job.batch.is_some()) {
        return unsupported("batches");
    }
    if jobs.iter().any(|job| job.after.is_some()) {
        return unsupported("chains");
    }
    Ok(())
}

/// Enqueues jobs by `operation`, each part of them in one step.
pub(super) async fn enqueue(
    connection: &Connection,
    operation: &str,
    jobs: &[NewJob],
    now: i64,
) -> Result<Vec<Enqueued>> {
    check_all(jobs)?;
    let mut outcomes = Vec::with_capacity(jobs.len());
    for part in parts(jobs) {
        let mut call = Call::new(operation, now);
        add_jobs(&mut call, part, now);
        let others = texts(connection.run(&ENQUEUE, call).await?)?;
        outcomes.extend(outcomes_of(part, others)?);
    }
    Ok(outcomes)
}

/// The outcomes of enqueuing jobs now, which are not enqueued. That of a job is that it is new while the server cannot be reached, and if none of
/// them has a key: the caller's transaction need not wait for an answer that is known.
pub(super) async fn foresee(
    connection: &Connection,
    jobs: &[NewJob],
    now: i64,
) -> Result<Vec<Enqueued>> {
    let stored = if jobs.iter().any(|job| job.key.is_some()) {
        look_briefly(connection, jobs, now).await?
    } else {
        Vec::new()
    };
    let mut ids = HashMap::new();
    let mut keys = HashMap::new();
    let outcomes = jobs.iter().enumerate().map(|(place, job)| {
        let key = job.key.as_ref().map(|key| (&job.name, &key.value));
        let before = ids.get(&job.id).or_else(|| keys.get(&key?)).copied();
        let stored = stored.get(place).copied().flatten();
        if let Some(other) = before.or(stored) {
            return Enqueued::Existing(other);
        }
        ids.insert(job.id, job.id);
        keys.extend(key.map(|key| (key, job.id)));
        Enqueued::New(job.id)
    });
    Ok(outcomes.collect())
}

/// As [`look`]; nothing, if the server does not answer soon.
async fn look_briefly(
    connection: &Connection,
    jobs: &[NewJob],
    now: i64,
) -> Result<Vec<Option<JobId>>> {
    match timeout(FORESIGHT, look(connection, jobs, now)).await {
        Ok(Err(StoreError::Unreachable { reason, .. })) => {
            tracing::debug!(reason, "it is not known whether jobs are new");
            Ok(Vec::new())
        }
        Ok(stored) => stored,
        Err(_) => Ok(Vec::new()),
    }
}

/// The jobs that are there instead of new ones.
async fn look(connection: &Connection, jobs: &[NewJob], now: i64) -> Result<Vec<Option<JobId>>> {
    let mut found = Vec::with_capacity(jobs.len());
    for part in jobs.chunks(MAX_JOBS) {
        let mut call = Call::new("existing", now);
        for job in part {
            call.add(id_text(job.id.uuid()));
            call.add(&job.name);
            let key = job.key.as_ref();
            call.add(key.map(|key| scope_text(key.scope)).unwrap_or_default());
            call.add(key.map(|key| key.value.clone()).unwrap_or_default());
        }
        for other in texts(connection.run(&ENQUEUE, call).await?)? {
            let other = (!other.is_empty()).then(|| read_id(&other));
            found.push(other.transpose()?);
        }
    }
    Ok(found)
}

/// Adds the fields of jobs to a call.
fn add_jobs(call: &mut Call, jobs: &[NewJob], now: i64) {
    for job in jobs {
        let run_at = micros(job.run_at);
        call.add(id_text(job.id.uuid()));
        call.add(&job.queue);
        call.add(&job.name);
        call.add(job_text(&job.args, job.meta.as_deref()));
        call.add(order_text(job.priority));
        call.add(time_text(run_at));
        call.add(waiting(run_at, now).as_str());
        call.add(job.max_attempts.to_string());
        match &job.key {
            Some(key) => {
                call.add(scope_text(key.scope));
                call.add(&key.value);
                call.add(expiry(key, now).map_or_else(|| NEVER.to_owned(), time_text));
            }
            None => {
                for _ in 0..3 {
                    call.add("");
                }
            }
        }
        call.add(if job.erase_args { "1" } else { "" });
    }
}

fn outcomes_of(jobs: &[NewJob], others: Vec<String>) -> Result<Vec<Enqueued>> {
    let outcomes = jobs.iter().zip(others).map(|(job, other)| {
        if other.is_empty() {
            Ok(Enqueued::New(job.id))
        } else {
            read_id(&other).map(Enqueued::Existing)
        }
    });
    outcomes.collect()
}

/// Parts of jobs that one call can treat.
fn parts(mut jobs: &[NewJob]) -> impl Iterator<Item = &[NewJob]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fitting = jobs.iter().take(MAX_JOBS).take_while(|job| {
            let fits = bytes < MAX_BYTES;
            bytes += job.args.len();
            fits
        });
        let (part, rest) = jobs.split_at(fitting.count());
        jobs = rest;
        (!part.is_empty()).then_some(part)
    })
}

pub(super) async fn plan(connection: &Connection, slots: &[Slot]) -> Result {
    let mut call = Call::timeless("plan");
    for slot in slots {
        call.add(&slot.name);
        call.add(time_text(micros(slot.next_at)));
        call.add(&slot.spec);
    }
    connection.run(&ENQUEUE, call).await.map(drop)
}

pub(super) async fn slots(connection: &Connection) -> Result<Vec<Slot>> {
    let schedules = format!("{}schedules", connection.base());
    let mut command = redis::cmd("HGETALL");
    let response = connection.command(command.arg(schedules)).await?;
    let mut slots = Vec::new();
    // A map in version 3 of the protocol, a list in version 2, which is spoken here.
    let mut fields = texts(response)?.into_iter();
    while let (Some(name), Some(planned)) = (fields.next(), fields.next()) {
        let (time, spec) = planned.split_at_checked(20).unwrap_or_default();
        let (spec, next_at) = (spec.to_owned(), read_time(time)?);
        slots.push(Slot {
            name,
            spec,
            next_at,
        });
    }
    slots.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(slots)
}

pub(super) async fn fire(
    connection: &Connection,
    schedule: &str,
    (at, next): (i64, i64),
    jobs: &[NewJob],
    now: i64,
) -> Result<Option<Vec<Enqueued>>> {
    check_all(jobs)?;
    let mut call = Call::new("fire", now)
        .with(schedule)
        .with(time_text(at))
        .with(time_text(next));
    add_jobs(&mut call, jobs, now);
    match connection.run(&ENQUEUE, call).await? {
        redis::Value::Nil => Ok(None),
        others => outcomes_of(jobs, texts(others)?).map(Some),
    }
}

pub(super) async fn unplan(connection: &Connection, schedule: &str) -> Result<bool> {
    let schedules = format!("{}schedules", connection.base());
    let mut command = redis::cmd("HDEL");
    let response = connection.command(command.arg(schedules).arg(schedule));
    Ok(super::codec::is_one(&response.await?))
}

/// The clock of the server.
pub(super) async fn clock(connection: &Connection) -> Result<i64> {
    let response = connection.command(&mut redis::cmd("TIME")).await?;
    let [seconds, micros] = fixed_texts(response)?;
    let number = |text: &str| super::codec::read_number::<i64>(text);
    Ok(number(&seconds)? * 1_000_000 + number(&micros)?)
}
