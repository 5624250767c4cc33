//! The room of background jobs: what `doctor` says of them.

use chrono::TimeDelta;

use crate::{
    config::JobStore,
    count::counted,
    env,
    queue::{
        Queue,
        store::{Outbox, State},
    },
    room::{DoctorContext, Finding, Room},
};

pub(crate) const ROOM: Room = Room {
    name: "background jobs",
    doctor: |input| Box::pin(examine(input)),
    ..Room::NONE
};

/// The age from which on a job in the outbox is overdue.
const OVERDUE: TimeDelta = TimeDelta::minutes(1);

async fn examine(input: DoctorContext<'_>) -> Vec<Finding> {
    let ctx = input.ctx;
    let config = &ctx.config.jobs;
    if !input.is_connected || config.store == JobStore::Memory {
        return Vec::new();
    }
    let queue = match Queue::open(config, ctx.app_name(), &ctx.db, &[]) {
        Ok(queue) => queue,
        Err(error) => return vec![Finding::failure("job_store", error.to_string())],
    };
    let mut findings = store(&queue, config.store).await;
    findings.extend(outbox(&queue, &Outbox::new(ctx.db.clone()), config.store).await);
    findings.extend(dead_letters(&queue).await);
    findings
}

/// The store, if it has a server of its own.
async fn store(queue: &Queue, store: JobStore) -> Vec<Finding> {
    const ID: &str = "job_store";
    if store != JobStore::Redis {
        return Vec::new();
    }
    if let Err(error) = queue.store().ping().await {
        return vec![Finding::failure(ID, error.to_string())];
    }
    match queue.weaknesses().await {
        Ok(weaknesses) if weaknesses.is_empty() => {
            vec![Finding::good(ID, "Redis can be reached, and keeps jobs")]
        }
        Ok(weaknesses) => weaknesses
            .into_iter()
            .map(|weakness| Finding::warning(ID, weakness))
            .collect(),
        Err(error) => vec![Finding::warning(
            ID,
            format!(
                "it is not known whether Redis keeps jobs: {error}\n\
                 hint: let the user of `jobs.redis_url` run `INFO`, or see to `maxmemory-policy noeviction` and `appendonly yes` yourself and accept it"
            ),
        )],
    }
}

/// The jobs that transactions have enqueued and nobody has relayed. Without its tables, which the check of the migrations tells, there is
/// nothing to say.
async fn outbox(queue: &Queue, outbox: &Outbox, store: JobStore) -> Option<Finding> {
    const ID: &str = "outbox";
    let backlog = outbox.backlog().await.ok()?;
    let Some(oldest) = backlog.oldest else {
        let good = "no job waits to be relayed to Redis";
        return (store == JobStore::Redis).then(|| Finding::good(ID, good));
    };
    let jobs = counted(backlog.jobs, "job", "jobs");
    if store != JobStore::Redis {
        return Some(Finding::warning(
            ID,
            format!(
                "nobody relays {jobs}, enqueued while Redis was the store\n\
                 hint: start a server once more with `store = \"redis\"` in `[jobs]`"
            ),
        ));
    }
    let age = queue.now() - oldest;
    Some(if age < OVERDUE {
        Finding::good(ID, format!("{jobs} on the way to Redis"))
    } else {
        Finding::warning(
            ID,
            format!(
                "{jobs} to be relayed to Redis, the oldest waiting since {oldest}\n\
                 hint: see that a server runs, and what it logs of jobs of transactions"
            ),
        )
    })
}

async fn dead_letters(queue: &Queue) -> Option<Finding> {
    const ID: &str = "dead_letters";
    let stats = queue.store().stats(&[]).await.ok()?;
    let dead = stats.count(State::Dead);
    Some(if dead == 0 {
        Finding::good(ID, "no background job has failed for good")
    } else {
        Finding::warning(
            ID,
            format!(
                "{} failed for good\nhint: see them with `{}`, run them again with `{}`, or delete them with `{}`",
                counted(dead, "background job", "background jobs"),
                env::command("jobs list --state dead"),
                env::command("jobs retry --dead"),
                env::command("jobs purge --state dead"),
            ),
        )
    })
}
