//! Workers, claims, settlements and rescues.

use redis::Value;

use super::{
    codec::{
        array, fixed_texts, id_text, is_one, read_id, read_number, read_state, record, texts,
        time_text,
    },
    connection::{Call, Connection, RUN},
};
use crate::queue::store::{
    Beat, Claim, Fence, JobRecord, MAX_BATCH, MAX_RESCUES, Promoted, Rescued, Result, Settled,
    Settlement, StoreError, Worker, WorkerId,
    rules::{Change, lost_worker},
    time::micros,
};

/// The maximum number of jobs that one call of the script treats: the server does nothing else meanwhile.
const MAX_STEP: u32 = 500;

pub(super) async fn register(connection: &Connection, worker: &Worker) -> Result {
    let queues =
        serde_json::to_string(&worker.queues).map_err(|error| StoreError::Failed(error.into()))?;
    let call = Call::timeless("register")
        .with(id_text(worker.id.uuid()))
        .with(time_text(micros(worker.lease_until)))
        .with(&worker.host)
        .with(queues)
        .with(time_text(micros(worker.started_at)));
    connection.run(&RUN, call).await.map(drop)
}

pub(super) async fn beat(
    connection: &Connection,
    worker: WorkerId,
    lease_until: i64,
    now: i64,
) -> Result<Beat> {
    let call = Call::new("beat", now)
        .with(id_text(worker.uuid()))
        .with(time_text(lease_until));
    let extended = connection.run(&RUN, call).await?;
    Ok(if is_one(&extended) {
        Beat::Alive
    } else {
        Beat::Lost
    })
}

pub(super) async fn unregister(connection: &Connection, worker: WorkerId) -> Result {
    let call = Call::timeless("unregister").with(id_text(worker.uuid()));
    connection.run(&RUN, call).await.map(drop)
}

/// Claims jobs, at most [`MAX_BATCH`] in one call.
pub(super) async fn claim(
    connection: &Connection,
    claim: Claim<'_>,
    now: i64,
) -> Result<Vec<JobRecord>> {
    let limit = usize::try_from(claim.limit).map_or(MAX_BATCH, |limit| limit.min(MAX_BATCH));
    let mut call = Call::new("claim", now)
        .with(id_text(claim.worker.uuid()))
        .with(claim.queue)
        .with(limit.to_string());
    for name in claim.names {
        call.add(name);
    }
    let claimed = connection.run(&RUN, call).await?;
    array(claimed)?.into_iter().map(record).collect()
}

pub(super) async fn settle(
    connection: &Connection,
    settlements: &[Settlement],
    now: i64,
) -> Result<Vec<Settled>> {
    let mut outcomes = Vec::with_capacity(settlements.len());
    for part in settlements.chunks(MAX_BATCH) {
        let mut call = Call::new("settle", now);
        for settlement in part {
            let change = Change::of(&settlement.outcome, now);
            let marked = |text: Option<String>| text.map(|text| format!("+{text}"));
            call.add(id_text(settlement.fence.id.uuid()));
            call.add(settlement.fence.token.to_string());
            call.add(change.state.as_str());
            call.add(change.last.as_str());
            call.add(change.run_at.map(time_text).unwrap_or_default());
            call.add(u8::from(change.refund).to_string());
            call.add(u8::from(change.survived).to_string());
            call.add(marked(change.result).unwrap_or_default());
            call.add(marked(change.error).unwrap_or_default());
        }
        for state in texts(connection.run(&RUN, call).await?)? {
            outcomes.push(if state.is_empty() {
                Settled::Lost
            } else {
                Settled::As(read_state(&state)?)
            });
        }
    }
    Ok(outcomes)
}

pub(super) async fn held(connection: &Connection, worker: WorkerId) -> Result<Vec<Fence>> {
    let call = Call::timeless("held").with(id_text(worker.uuid()));
    let fence = |run: Value| {
        let [id, token] = fixed_texts(run)?;
        Ok(Fence {
            id: read_id(&id)?,
            token: read_number(&token)?,
        })
    };
    array(connection.run(&RUN, call).await?)?
        .into_iter()
        .map(fence)
        .collect()
}

pub(super) async fn progress(
    connection: &Connection,
    run: Fence,
    thousandths: u16,
) -> Result<bool> {
    let call = Call::timeless("progress")
        .with(id_text(run.id.uuid()))
        .with(run.token.to_string())
        .with(thousandths.to_string());
    Ok(is_one(&connection.run(&RUN, call).await?))
}

/// Makes due jobs ready, each part of them in one step.
pub(super) async fn promote(connection: &Connection, limit: u32, now: i64) -> Result<Promoted> {
    let mut queues = Vec::new();
    let mut left = limit;
    while left > 0 {
        let part = left.min(MAX_STEP);
        let call = Call::new("promote", now).with(part.to_string());
        let promoted = texts(connection.run(&RUN, call).await?)?;
        let is_last = promoted.len() < part as usize;
        queues.extend(promoted);
        left = if is_last { 0 } else { left - part };
    }
    let count = u32::try_from(queues.len()).unwrap_or(u32::MAX);
    queues.sort();
    queues.dedup();
    Ok(Promoted { count, queues })
}

/// The text of the earliest time at which a scheduled job is due.
pub(super) async fn next_due(connection: &Connection) -> Result<Option<String>> {
    let scheduled = format!("{}scheduled", connection.base());
    let mut command = redis::cmd("ZRANGE");
    let first = connection.command(command.arg(scheduled).arg(0).arg(0));
    let mut first = texts(first.await?)?;
    Ok(first.pop().map(|mut member| {
        member.truncate(20);
        member
    }))
}

/// Takes jobs from lost workers, each part of them in one step.
pub(super) async fn rescue(connection: &Connection, limit: u32, now: i64) -> Result<Vec<Rescued>> {
    // The script puts in the host of each worker.
    let error = lost_worker("\0");
    let (before, after) = error.split_once('\u{fffd}').unwrap_or((&error, ""));
    let mut rescued = Vec::new();
    let mut left = limit;
    // Also with a limit of 0: lost workers are noted in any case.
    loop {
        let part = left.min(MAX_STEP);
        let call = Call::new("rescue", now)
            .with(part.to_string())
            .with(before)
            .with(after)
            .with(MAX_RESCUES.to_string());
        let jobs = array(connection.run(&RUN, call).await?)?;
        let is_last = jobs.len() < part as usize;
        for job in jobs {
            rescued.push(read_rescued(job)?);
        }
        left -= part;
        if is_last || left == 0 {
            return Ok(rescued);
        }
    }
}

fn read_rescued(job: Value) -> Result<Rescued> {
    let [id, queue, name, worker, state] = fixed_texts(job)?;
    Ok(Rescued {
        id: read_id(&id)?,
        queue,
        name,
        worker: read_id(&worker)?,
        state: read_state(&state)?,
    })
}
