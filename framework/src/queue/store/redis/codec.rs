//! The forms in which the scripts read and write times, ids and jobs.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};
use redis::Value;
use uuid::Uuid;

use crate::queue::store::{
    JobRecord, Key, KeyScope, Result, RunError, State, StoreError,
    time::{duration_micros, from_micros},
};

/// The time of the end of a key that has none: later than all others.
pub(super) const NEVER: &str = "99999999999999999999";

const SIGN: u64 = 1 << 63;

/// A time in microseconds as a text of 20 digits, whose order is that of the times.
pub(super) fn time_text(micros: i64) -> String {
    format!("{:020}", micros.cast_unsigned() ^ SIGN)
}

pub(super) fn read_time(text: &str) -> Result<DateTime<Utc>> {
    let number: u64 = text.parse().map_err(|_| damaged("time", text))?;
    Ok(from_micros((number ^ SIGN).cast_signed()))
}

/// An id as 32 hexadecimal digits, whose order is that of the ids.
pub(super) fn id_text(id: Uuid) -> String {
    id.simple().to_string()
}

pub(super) fn read_id<T: From<Uuid>>(text: &str) -> Result<T> {
    let id: Uuid = text.parse().map_err(|_| damaged("id", text))?;
    Ok(id.into())
}

/// A priority as 3 digits, the highest first.
pub(super) fn order_text(priority: i16) -> String {
    format!("{:03}", 100 - priority)
}

pub(super) fn scope_text(scope: KeyScope) -> String {
    match scope {
        KeyScope::Once => "once".to_owned(),
        KeyScope::Live => "live".to_owned(),
        KeyScope::Period(period) => duration_micros(period).to_string(),
    }
}

fn read_scope(text: &str) -> Result<KeyScope> {
    Ok(match text {
        "once" => KeyScope::Once,
        "live" => KeyScope::Live,
        micros => KeyScope::Period(Duration::from_micros(read_number(micros)?)),
    })
}

pub(super) fn read_number<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| damaged("number", text))
}

pub(super) fn read_state(text: &str) -> Result<State> {
    text.parse().map_err(|_| damaged("state", text))
}

pub(super) fn damaged(what: &str, text: &str) -> StoreError {
    StoreError::Damaged(format!("`{text}` is no {what}"))
}

/// The elements of a response; of none, none.
pub(super) fn array(value: Value) -> Result<Vec<Value>> {
    match value {
        Value::Array(values) => Ok(values),
        Value::Nil => Ok(Vec::new()),
        other => Err(damaged("list", &format!("{other:?}"))),
    }
}

/// The elements of a response of so many.
pub(super) fn fixed<const N: usize>(value: Value) -> Result<[Value; N]> {
    array(value)?.try_into().map_err(|values: Vec<Value>| {
        StoreError::Damaged(format!("a response has {} parts, not {N}", values.len()))
    })
}

pub(super) fn text(value: Value) -> Result<String> {
    match value {
        Value::BulkString(bytes) => {
            String::from_utf8(bytes).map_err(|error| damaged("text", &error.to_string()))
        }
        Value::SimpleString(text) => Ok(text),
        Value::Int(number) => Ok(number.to_string()),
        other => Err(damaged("text", &format!("{other:?}"))),
    }
}

pub(super) fn texts(value: Value) -> Result<Vec<String>> {
    array(value)?.into_iter().map(text).collect()
}

/// The texts of a response of so many.
pub(super) fn fixed_texts<const N: usize>(value: Value) -> Result<[String; N]> {
    let mut texts = [const { String::new() }; N];
    for (place, value) in fixed::<N>(value)?.into_iter().enumerate() {
        texts[place] = text(value)?;
    }
    Ok(texts)
}

pub(super) fn is_one(value: &Value) -> bool {
    *value == Value::Int(1)
}

/// The arguments of a job and its `meta` in one text. Neither has a zero byte.
pub(super) fn job_text(args: &str, meta: Option<&str>) -> String {
    match meta {
        Some(meta) => format!("{args}\0{meta}"),
        None => args.to_owned(),
    }
}

/// A job as the scripts return it: its id, its fields, its text.
pub(super) fn record(value: Value) -> Result<JobRecord> {
    let [id, fields, both] = fixed(value)?;
    let fields = Fields::read(fields)?;
    let both = text(both)?;
    let (args, meta) = match both.split_once('\0') {
        Some((args, meta)) => (args.to_owned(), Some(meta.to_owned())),
        None => (both, None),
    };
    let key = match (fields.find("key"), fields.find("scope")) {
        (Some(value), Some(scope)) => Some(Key {
            value: value.to_owned(),
            scope: read_scope(scope)?,
        }),
        _ => None,
    };
    Ok(JobRecord {
        id: read_id(&text(id)?)?,
        queue: fields.get("queue")?.to_owned(),
        name: fields.get("name")?.to_owned(),
        args,
        priority: 100 - fields.number::<i16>("order")?,
        state: read_state(fields.get("state")?)?,
        run_at: read_time(fields.get("run_at")?)?,
        attempt: fields.number("attempt")?,
        max_attempts: fields.number("max")?,
        rescues: fields.number("rescues")?,
        token: fields.number("token")?,
        worker: fields.find("worker").map(read_id).transpose()?,
        started_at: fields.find("started_at").map(read_time).transpose()?,
        finished_at: fields.find("finished_at").map(read_time).transpose()?,
        result: fields.find("result").map(str::to_owned),
        progress: fields.find("progress").map(read_number).transpose()?,
        key,
        batch: None,
        after: None,
        erase_args: fields.find("erase").is_some(),
        meta,
        created_at: read_time(fields.get("created_at")?)?,
    })
}

/// An error of a run: "token attempt time state error".
pub(super) fn run_error(entry: &str) -> Result<RunError> {
    let mut parts = entry.splitn(5, ' ');
    let mut part = || parts.next().ok_or_else(|| damaged("error of a run", entry));
    Ok(RunError {
        token: read_number(part()?)?,
        attempt: read_number(part()?)?,
        at: read_time(part()?)?,
        state: read_state(part()?)?,
        error: part()?.to_owned(),
    })
}

/// The fields of a hash.
struct Fields(HashMap<String, String>);

impl Fields {
    fn read(value: Value) -> Result<Self> {
        let mut fields = HashMap::new();
        let mut texts = texts(value)?.into_iter();
        while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
            fields.insert(name, value);
        }
        Ok(Self(fields))
    }

    fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn get(&self, name: &str) -> Result<&str> {
        let field = self.find(name);
        field.ok_or_else(|| StoreError::Damaged(format!("a job has no `{name}`")))
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T> {
        read_number(self.get(name)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_texts_is_that_of_times_and_priorities() {
        let times = [i64::MIN, -1, 0, 1, 1_764_000_000_000_000, i64::MAX];
        let texts = times.map(time_text);
        assert!(texts.is_sorted() && texts.iter().all(|text| text.len() == 20));
        assert!(texts.iter().all(|text| text.as_str() < NEVER));
        let now = from_micros(1_764_000_000_000_001);
        let text = time_text(now.timestamp_micros());
        assert_eq!(read_time(&text).ok(), Some(now));
        assert_eq!([100, 7, -100].map(order_text), ["000", "093", "200"]);
    }
}
