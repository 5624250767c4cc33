//! Rows of the table `fw_jobs`, and their records.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::QueryResult;
use uuid::Uuid;

use crate::queue::store::{
    JobRecord, Key, KeyScope, Result, State, StoreError,
    time::{duration_micros, from_micros},
};

/// The columns of a [`JobRecord`].
pub(super) const COLUMNS: &str = "id, queue, name, args, priority, state, run_at, attempt, max_attempts, rescues, token, worker, \
    started_at, finished_at, result, progress, unique_key, key_scope, key_period, batch_id, after_id, erase_args, meta, created_at";

/// A row with typed columns.
pub(super) struct Row<'a>(pub(super) &'a QueryResult);

impl Row<'_> {
    pub(super) fn id<T: From<Uuid>>(&self, column: &str) -> Result<T> {
        Ok(self.0.try_get::<Uuid>("", column)?.into())
    }

    pub(super) fn optional_id<T: From<Uuid>>(&self, column: &str) -> Result<Option<T>> {
        Ok(self.0.try_get::<Option<Uuid>>("", column)?.map(T::from))
    }

    pub(super) fn text(&self, column: &str) -> Result<String> {
        Ok(self.0.try_get("", column)?)
    }

    pub(super) fn optional_text(&self, column: &str) -> Result<Option<String>> {
        Ok(self.0.try_get("", column)?)
    }

    pub(super) fn flag(&self, column: &str) -> Result<bool> {
        Ok(self.0.try_get("", column)?)
    }

    pub(super) fn number<T: TryFrom<i64>>(&self, column: &str) -> Result<T> {
        let number: i64 = self.0.try_get("", column)?;
        T::try_from(number).map_err(|_| damaged(column, &number))
    }

    pub(super) fn optional_number<T: TryFrom<i64>>(&self, column: &str) -> Result<Option<T>> {
        let number: Option<i64> = self.0.try_get("", column)?;
        let number = number.map(|number| T::try_from(number).map_err(|_| damaged(column, &number)));
        number.transpose()
    }

    pub(super) fn time(&self, column: &str) -> Result<DateTime<Utc>> {
        Ok(from_micros(self.number(column)?))
    }

    pub(super) fn optional_time(&self, column: &str) -> Result<Option<DateTime<Utc>>> {
        Ok(self.optional_number(column)?.map(from_micros))
    }

    pub(super) fn state(&self) -> Result<State> {
        let state = self.text("state")?;
        state.parse().map_err(|_| damaged("state", &state))
    }

    pub(super) fn key(&self) -> Result<Option<Key>> {
        let Some(value) = self.optional_text("unique_key")? else {
            return Ok(None);
        };
        let scope = self.text("key_scope")?;
        let scope = match scope.as_str() {
            ONCE => KeyScope::Once,
            LIVE => KeyScope::Live,
            PERIOD => KeyScope::Period(Duration::from_micros(self.number("key_period")?)),
            _ => return Err(damaged("key_scope", &scope)),
        };
        Ok(Some(Key { value, scope }))
    }

    /// The record, from a row with the columns [`COLUMNS`].
    pub(super) fn record(&self) -> Result<JobRecord> {
        Ok(JobRecord {
            id: self.id("id")?,
            queue: self.text("queue")?,
            name: self.text("name")?,
            args: self.text("args")?,
            priority: self.number("priority")?,
            state: self.state()?,
            run_at: self.time("run_at")?,
            attempt: self.number("attempt")?,
            max_attempts: self.number("max_attempts")?,
            rescues: self.number("rescues")?,
            token: self.number("token")?,
            worker: self.optional_id("worker")?,
            started_at: self.optional_time("started_at")?,
            finished_at: self.optional_time("finished_at")?,
            result: self.optional_text("result")?,
            progress: self.optional_number("progress")?,
            key: self.key()?,
            batch: self.optional_id("batch_id")?,
            after: self.optional_id("after_id")?,
            erase_args: self.flag("erase_args")?,
            meta: self.optional_text("meta")?,
            created_at: self.time("created_at")?,
        })
    }
}

/// The records of rows with the columns [`COLUMNS`].
pub(super) fn records(rows: &[QueryResult]) -> Result<Vec<JobRecord>> {
    rows.iter().map(|row| Row(row).record()).collect()
}

const ONCE: &str = "once";
pub(super) const LIVE: &str = "live";
const PERIOD: &str = "period";

/// A scope as it is stored: its name, and its period in microseconds.
pub(super) fn stored_scope(scope: KeyScope) -> (&'static str, Option<i64>) {
    match scope {
        KeyScope::Once => (ONCE, None),
        KeyScope::Live => (LIVE, None),
        KeyScope::Period(period) => (PERIOD, Some(duration_micros(period))),
    }
}

fn damaged(column: &str, value: &dyn std::fmt::Display) -> StoreError {
    StoreError::Damaged(format!("the column `{column}` has the value `{value}`"))
}
