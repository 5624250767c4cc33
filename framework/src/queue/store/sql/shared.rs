//! Whatever processes agree on: the slots of schedules, rate limits, paused queues, the clock.

use chrono::{DateTime, Utc};

use super::{enqueue::enqueue, row::Row, session::Session};
use crate::queue::store::{
    Enqueued, NewJob, Permits, RateLimit, Result, Slot,
    time::{from_micros, micros},
};

pub(super) async fn plan(session: Session<'_>, slots: &[Slot]) -> Result {
    let sql = "INSERT INTO fw_job_schedules (name, spec, next_at) VALUES ($1, $2, $3) \
        ON CONFLICT (name) DO UPDATE SET spec = excluded.spec, next_at = excluded.next_at \
        WHERE fw_job_schedules.spec <> excluded.spec";
    for slot in slots {
        let values = [
            slot.name.as_str().into(),
            slot.spec.as_str().into(),
            micros(slot.next_at).into(),
        ];
        session.execute(sql, values).await?;
    }
    Ok(())
}

pub(super) async fn slots(session: Session<'_>) -> Result<Vec<Slot>> {
    let sql = "SELECT name, spec, next_at FROM fw_job_schedules";
    let rows = session.all(sql, []).await?;
    let slot = |row| {
        let row = Row(row);
        Ok(Slot {
            name: row.text("name")?,
            spec: row.text("spec")?,
            next_at: row.time("next_at")?,
        })
    };
    let mut slots = rows.iter().map(slot).collect::<Result<Vec<_>>>()?;
    // Not in the order of the database's collation.
    slots.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(slots)
}

/// Moves a schedule to its next slot and enqueues its jobs, in a transaction.
pub(super) async fn fire(
    session: Session<'_>,
    schedule: &str,
    at: i64,
    next: i64,
    jobs: &[NewJob],
    now: i64,
) -> Result<Option<Vec<Enqueued>>> {
    let sql = "UPDATE fw_job_schedules SET next_at = $3 WHERE name = $1 AND next_at = $2";
    let values = [schedule.into(), at.into(), next.into()];
    if session.execute(sql, values).await? == 0 {
        return Ok(None);
    }
    enqueue(session, jobs, now).await.map(Some)
}

pub(super) async fn unplan(session: Session<'_>, schedule: &str) -> Result<bool> {
    let sql = "DELETE FROM fw_job_schedules WHERE name = $1";
    Ok(session.execute(sql, [schedule.into()]).await? == 1)
}

/// Takes permits of a rate limit, in a transaction.
pub(super) async fn acquire(
    session: Session<'_>,
    limit: &RateLimit,
    wanted: u32,
    now: i64,
) -> Result<Permits> {
    // The row is written as it is, so that it is locked whether it was there or not.
    let sql = "INSERT INTO fw_job_limits (name, arrival) VALUES ($1, $2) \
        ON CONFLICT (name) DO UPDATE SET arrival = fw_job_limits.arrival RETURNING arrival";
    let key = limit.key.as_str();
    let row = session.one(sql, [key.into(), now.into()]).await?;
    let arrival = row.map(|row| Row(&row).number("arrival")).transpose()?;
    let (arrival, permits) = limit.take(arrival, wanted, now);
    let sql = "UPDATE fw_job_limits SET arrival = $2 WHERE name = $1";
    session.execute(sql, [key.into(), arrival.into()]).await?;
    Ok(permits)
}

/// Gives permits back, in a transaction.
pub(super) async fn give_back(session: Session<'_>, limit: &RateLimit, unused: u32) -> Result {
    let key = limit.key.as_str();
    let sql = format!(
        "SELECT arrival FROM fw_job_limits WHERE name = $1 {}",
        session.for_update()
    );
    let Some(row) = session.one(&sql, [key.into()]).await? else {
        return Ok(());
    };
    let arrival = limit.give_back(Row(&row).number("arrival")?, unused);
    let sql = "UPDATE fw_job_limits SET arrival = $2 WHERE name = $1";
    session
        .execute(sql, [key.into(), arrival.into()])
        .await
        .map(drop)
}

pub(super) async fn pause(session: Session<'_>, queue: &str, now: i64) -> Result {
    let sql =
        "INSERT INTO fw_job_queues (name, paused_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    session
        .execute(sql, [queue.into(), now.into()])
        .await
        .map(drop)
}

pub(super) async fn resume(session: Session<'_>, queue: &str) -> Result {
    let sql = "DELETE FROM fw_job_queues WHERE name = $1";
    session.execute(sql, [queue.into()]).await.map(drop)
}

/// The clock of a PostgreSQL server. SQLite is on this machine.
pub(super) async fn clock(session: Session<'_>) -> Result<Option<DateTime<Utc>>> {
    if !session.is_postgres() {
        return Ok(None);
    }
    let sql = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint AS micros";
    let row = session.one(sql, []).await?;
    let micros = row.map(|row| Row(&row).number("micros")).transpose()?;
    Ok(micros.map(from_micros))
}
