//! The command `jobs`, which shows the background jobs, and replays, cancels, deletes, pauses and resumes them.

use std::{path::Path, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::{
    Outcome,
    arguments::{Filter, Jobs as Command},
    log_to_stderr, table,
};
use crate::{
    app::Application,
    boot::steps,
    config::{Config, JobStore},
    count::counted,
    db::Db,
    env::Environment,
    error::{Error, Result},
    queue::{
        Queue,
        store::{
            Backlog, Cancelled, JobFilter, JobId, JobRecord, Page, Replayed, State, Stats, Store,
            StoreError,
        },
    },
    task::report,
};

/// The number of jobs that one call replays or deletes.
const BATCH: u32 = 100;

pub(super) async fn run(
    app: Application,
    root: &Path,
    environment: Option<Environment>,
    command: Command,
) -> Result<Outcome> {
    let config = steps::load_without_settings(app, root, environment).await?;
    let _guard = log_to_stderr(&config)?;
    let jobs = app.jobs()?;
    let db = connect(&config).await?;
    let queue = Queue::open(&config.jobs, app.name, &db, &jobs.names())?;
    let known: Vec<_> = jobs.names().into_iter().map(str::to_owned).collect();
    let outcome = run_on(&queue, &known, command).await;
    db.close().await;
    outcome
}

async fn connect(config: &Config) -> Result<Db> {
    if config.jobs.store == JobStore::Memory {
        return Err(Error::internal(
            "the jobs are in the memory of the server, where no command sees them\nhint: keep them in the database: `store = \"database\"` in `[jobs]`",
        ));
    }
    Ok(Db::connect(&config.database).await?)
}

async fn run_on(queue: &Queue, known: &[String], command: Command) -> Result<Outcome> {
    let store = &**queue.store();
    let now = queue.now();
    match command {
        Command::List {
            filter,
            before,
            limit,
            format,
        } => {
            let page = Page { before, limit };
            let jobs = store.list(&filter_of(&filter, now), page).await?;
            if format.json {
                table::print_json(&jobs)?;
            } else {
                list(&jobs, now);
            }
        }
        Command::Show { id, format } => {
            let Some(detail) = store.show(id).await? else {
                return Err(missing(id));
            };
            if format.json {
                table::print_json(&detail)?;
            } else {
                show(&detail)?;
            }
        }
        Command::Retry { ids, dead, filter } => {
            let ids = if dead {
                dead_letters(store, &filter, now).await?
            } else {
                ids
            };
            let outcome = each(&ids, async |id| retry(store, id, now).await).await;
            queue.wake_ups().announce().await;
            return outcome;
        }
        Command::Cancel { ids } => {
            let outcome = each(&ids, async |id| cancel(store, id, now).await).await;
            // The end of a job may be that of its batch.
            queue.wake_ups().announce().await;
            return outcome;
        }
        Command::Purge { ids, filter } => {
            if ids.is_empty() {
                let deleted = purge(store, &filter, now).await?;
                println!("{deleted} deleted");
            } else {
                return each(&ids, async |id| purge_one(store, id, now).await).await;
            }
        }
        Command::Pause { queue: name } => {
            check_queue(queue, &name)?;
            store.pause(&name, now).await?;
            println!("queue {name}: paused; what runs is not touched");
        }
        Command::Resume { queue: name } => {
            check_queue(queue, &name)?;
            store.resume(&name).await?;
            queue.wake_ups().announce().await;
            println!("queue {name}: resumed");
        }
        Command::Stats(format) => {
            let stats = store.stats(known).await?;
            if format.json {
                let outbox = queue.backlog().await?;
                table::print_json(&Numbers { stats, outbox })?;
            } else {
                print_stats(&stats, now);
                print_backlog(queue.backlog().await?, now);
            }
        }
    }
    Ok(Outcome::Done)
}

/// Does something with each job, and prints what became of it. The exit code is 1 if one of them was refused.
async fn each(
    ids: &[JobId],
    act: impl AsyncFn(JobId) -> Result<Result<String, String>, StoreError>,
) -> Result<Outcome> {
    let mut outcome = Outcome::Done;
    for id in ids {
        match act(*id).await? {
            Ok(text) => println!("{id}: {text}"),
            Err(text) => {
                report::error(&format!("{id}: {text}"));
                outcome = Outcome::Exit(1);
            }
        }
    }
    if ids.is_empty() {
        println!("there are none");
    }
    Ok(outcome)
}

async fn retry(
    store: &dyn Store,
    id: JobId,
    now: DateTime<Utc>,
) -> Result<Result<String, String>, StoreError> {
    Ok(match store.replay(id, now).await? {
        Replayed::As(state) => Ok(format!("{state}, with all its tries")),
        Replayed::Not(state) => Err(format!(
            "it is {state}\nhint: dead and cancelled jobs can be run again"
        )),
        Replayed::KeyTaken(other) => Err(format!(
            "another job has its key and has not ended: {other}"
        )),
        Replayed::Missing => Err("there is no such job".to_owned()),
    })
}

async fn cancel(
    store: &dyn Store,
    id: JobId,
    now: DateTime<Utc>,
) -> Result<Result<String, String>, StoreError> {
    Ok(match store.cancel(id, now).await? {
        Cancelled::From(State::Running) => {
            Ok("cancelled; the process that runs it is cutting it off".to_owned())
        }
        Cancelled::From(_) => Ok("cancelled".to_owned()),
        Cancelled::Ended(state) => Err(format!("it is {state} already")),
        Cancelled::Missing => Err("there is no such job".to_owned()),
    })
}

async fn purge_one(
    store: &dyn Store,
    id: JobId,
    now: DateTime<Utc>,
) -> Result<Result<String, String>, StoreError> {
    Ok(if store.purge_one(id, now).await? {
        Ok("deleted".to_owned())
    } else {
        Err("there is no such job, or it has not ended\nhint: cancel it first".to_owned())
    })
}

/// Deletes all jobs that have ended and that a filter matches.
async fn purge(store: &dyn Store, filter: &Filter, now: DateTime<Utc>) -> Result<u64> {
    let filter = filter_of(filter, now);
    if filter == JobFilter::default() {
        return Err(Error::internal(
            "without an id or a filter, `purge` would delete all jobs that have ended\nhint: say which, such as `--state dead` or `--older-than 30d`",
        ));
    }
    let mut deleted = 0;
    loop {
        let some = store.purge(&filter, BATCH, now).await?;
        deleted += some;
        if some < u64::from(BATCH) {
            return Ok(deleted);
        }
    }
}

async fn dead_letters(
    store: &dyn Store,
    filter: &Filter,
    now: DateTime<Utc>,
) -> Result<Vec<JobId>> {
    let filter = JobFilter {
        states: vec![State::Dead],
        ..filter_of(filter, now)
    };
    let mut ids: Vec<JobId> = Vec::new();
    loop {
        let page = Page {
            before: ids.last().copied(),
            limit: BATCH,
        };
        let jobs = store.list(&filter, page).await?;
        let is_last = jobs.len() < BATCH as usize;
        ids.extend(jobs.iter().map(|job| job.id));
        if is_last {
            // The oldest first, in the order in which they were enqueued.
            ids.reverse();
            return Ok(ids);
        }
    }
}

fn filter_of(filter: &Filter, now: DateTime<Utc>) -> JobFilter {
    let age = filter
        .older_than
        .map(|age| TimeDelta::from_std(age).unwrap_or(TimeDelta::MAX));
    JobFilter {
        states: filter.state.clone(),
        queue: filter.queue.clone(),
        name: filter.name.clone(),
        batch: filter.batch,
        finished_before: age.and_then(|age| now.checked_sub_signed(age)),
    }
}

fn check_queue(queue: &Queue, name: &str) -> Result<()> {
    let queues = queue.queues();
    if queues.contains_key(name) {
        return Ok(());
    }
    let names: Vec<_> = queues.keys().map(|name| format!("`{name}`")).collect();
    Err(Error::internal(format!(
        "there is no queue `{name}`\nhint: the queues are {}",
        names.join(", ")
    )))
}

fn missing(id: JobId) -> Error {
    Error::internal(format!(
        "there is no job {id}\nhint: `jobs list` shows their ids; those that are done are deleted after `jobs.retention`"
    ))
}

fn list(jobs: &[JobRecord], now: DateTime<Utc>) {
    let rows: Vec<_> = jobs
        .iter()
        .map(|job| {
            [
                job.id.to_string(),
                job.name.clone(),
                job.queue.clone(),
                state_of(job),
                format!("{}/{}", job.attempt, job.max_attempts),
                when(job, now),
            ]
        })
        .collect();
    table::print(["ID", "JOB", "QUEUE", "STATE", "TRIES", "WHEN"], &rows);
}

fn state_of(job: &JobRecord) -> String {
    match job.progress {
        Some(thousandths) if job.state == State::Running => {
            format!("{} {} %", job.state, thousandths / 10)
        }
        _ => job.state.to_string(),
    }
}

fn when(job: &JobRecord, now: DateTime<Utc>) -> String {
    let (word, time) = match job.state {
        State::Blocked => return "after another one".to_owned(),
        State::Scheduled if job.run_at > now => return format!("in {}", words(job.run_at - now)),
        State::Scheduled | State::Ready => ("waits for", job.run_at),
        State::Running => ("runs for", job.started_at.unwrap_or(now)),
        State::Done | State::Dead | State::Cancelled => {
            let ended = now - job.finished_at.unwrap_or(now);
            return format!("{} ago", words(ended));
        }
    };
    format!("{word} {}", words(now - time))
}

/// A time to the second, such as `2m5s`.
fn words(time: TimeDelta) -> String {
    let seconds = u64::try_from(time.num_seconds()).unwrap_or_default();
    crate::config::duration::format(Duration::from_secs(seconds))
}

/// Shows a job as lines of its fields, then its errors.
fn show(detail: &impl Serialize) -> Result<()> {
    let value = serde_json::to_value(detail)?;
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if let Some(job) = value["job"].as_object() {
        for (name, value) in job.iter().filter(|(_, value)| !value.is_null()) {
            println!("{name:14}{}", text(value));
        }
    }
    for (name, result) in value["steps"].as_object().into_iter().flatten() {
        println!("\nstep {name}: {}", text(result));
    }
    for error in value["errors"].as_array().into_iter().flatten() {
        println!(
            "\ntry {}, {}: {}\n  {}",
            text(&error["attempt"]),
            text(&error["at"]),
            text(&error["state"]),
            text(&error["error"]).replace('\n', "\n  ")
        );
    }
    Ok(())
}

/// The numbers of the store, and those of the outbox if it has one.
#[derive(Serialize)]
struct Numbers {
    #[serde(flatten)]
    stats: Stats,
    #[serde(skip_serializing_if = "Option::is_none")]
    outbox: Option<Backlog>,
}

fn print_backlog(backlog: Option<Backlog>, now: DateTime<Utc>) {
    if let Some(Backlog {
        jobs,
        oldest: Some(oldest),
    }) = backlog
    {
        let age = words(now - oldest);
        let jobs = counted(jobs, "job", "jobs");
        println!("{jobs} of transactions to be relayed, the oldest waiting for {age}");
    }
}

fn print_stats(stats: &Stats, now: DateTime<Utc>) {
    const SHOWN: [State; 7] = [
        State::Blocked,
        State::Scheduled,
        State::Ready,
        State::Running,
        State::Done,
        State::Dead,
        State::Cancelled,
    ];
    let rows: Vec<_> = stats
        .queues
        .iter()
        .map(|(name, queue)| {
            let count = |state| {
                queue
                    .states
                    .get(&state)
                    .copied()
                    .unwrap_or_default()
                    .to_string()
            };
            let [blocked, scheduled, ready, running, done, dead, cancelled] = SHOWN.map(count);
            let oldest = queue.oldest_ready.map(|time| words(now - time));
            let oldest = oldest.unwrap_or_else(|| "-".to_owned());
            let name = if queue.paused {
                format!("{name} (paused)")
            } else {
                name.clone()
            };
            [
                name, blocked, scheduled, ready, oldest, running, done, dead, cancelled,
            ]
        })
        .collect();
    table::print(
        [
            "QUEUE",
            "BLOCKED",
            "SCHEDULED",
            "READY",
            "OLDEST",
            "RUNNING",
            "DONE",
            "DEAD",
            "CANCELLED",
        ],
        &rows,
    );
    for worker in &stats.workers {
        println!(
            "worker {} on {}: {}",
            worker.id,
            worker.host,
            worker.queues.join(", ")
        );
    }
    if stats.workers.is_empty() {
        println!("no process runs jobs");
    }
    for (name, count) in &stats.unknown {
        report::warning(&format!(
            "{} called `{name}`, which this release does not know: a process that does will run what is ready",
            counted(*count, "ready job", "ready jobs")
        ));
    }
    let dead = stats.count(State::Dead);
    if dead > 0 {
        report::warning(&format!(
            "{}\nhint: `jobs list --state dead` shows them, `jobs retry --dead` runs them again, `jobs purge --state dead` deletes them",
            counted(dead, "dead letter", "dead letters")
        ));
    }
}
