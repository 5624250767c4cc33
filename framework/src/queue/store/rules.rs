//! The rules that all stores share: which jobs can be stored, and the change that each outcome of a run makes.

use super::{
    error::StoreError,
    group::NewBatch,
    job::{Key, KeyScope, MAX_ARGUMENTS, NewJob, PRIORITIES, State},
    run::{MAX_RESCUES, Outcome},
    time::{duration_micros, micros},
};

/// The maximum size of a stored error, in bytes.
const MAX_ERROR: usize = 16 * 1024;

/// Checks that jobs can be stored.
pub(super) fn check(jobs: &[NewJob]) -> Result<(), StoreError> {
    for (index, job) in jobs.iter().enumerate() {
        let reason = fault(job).or_else(|| {
            let later = &jobs[index..];
            let waits_for_later = later.iter().any(|later| Some(later.id) == job.after);
            waits_for_later.then(|| "the job that it waits for must be before it".to_owned())
        });
        if let Some(reason) = reason {
            return Err(StoreError::Invalid {
                name: job.name.clone(),
                reason,
            });
        }
    }
    Ok(())
}

/// Checks that a batch can be stored.
pub(super) fn check_batch(batch: &NewBatch) -> Result<(), StoreError> {
    check(&batch.jobs)?;
    let Some(callback) = &batch.callback else {
        return Ok(());
    };
    check(std::slice::from_ref(callback))?;
    if callback.batch == Some(batch.id) || callback.after.is_some() {
        return Err(StoreError::Invalid {
            name: callback.name.clone(),
            reason:
                "a job at the end of a batch can neither be part of it nor wait for another job"
                    .to_owned(),
        });
    }
    Ok(())
}

fn fault(job: &NewJob) -> Option<String> {
    if !PRIORITIES.contains(&job.priority) {
        return Some(format!(
            "its priority {} is not within {} and {}",
            job.priority,
            PRIORITIES.start(),
            PRIORITIES.end()
        ));
    }
    if job.args.len() > MAX_ARGUMENTS {
        return Some(format!(
            "its arguments have {} bytes, and at most {MAX_ARGUMENTS} are stored\nhint: store the data elsewhere, and give the job its id",
            job.args.len()
        ));
    }
    if job.max_attempts == 0 || job.max_attempts > i32::MAX.cast_unsigned() {
        return Some("its number of attempts is out of range".to_owned());
    }
    let key = job.key.as_ref().map(|key| &key.value);
    let meta = job.meta.as_ref();
    // PostgreSQL has no text with this character.
    [
        Some(&job.queue),
        Some(&job.name),
        Some(&job.args),
        key,
        meta,
    ]
    .into_iter()
    .flatten()
    .any(|text| text.contains('\0'))
    .then(|| "a text of it contains the character U+0000".to_owned())
}

/// The state of a job that waits for nothing but its time.
pub(super) fn waiting(run_at: i64, now: i64) -> State {
    if run_at > now {
        State::Scheduled
    } else {
        State::Ready
    }
}

/// The time at which a key that is taken now expires; `None` if it does not by itself.
pub(super) fn expiry(key: &Key, now: i64) -> Option<i64> {
    match key.scope {
        KeyScope::Once | KeyScope::Live => None,
        KeyScope::Period(period) => Some(now.saturating_add(duration_micros(period))),
    }
}

/// The change that the outcome of a run makes to its job.
#[derive(Debug)]
pub(super) struct Change {
    /// The new state, while attempts are left.
    pub(super) state: State,
    /// The new state after the last attempt.
    pub(super) last: State,
    /// The new time of the next run, if it changes.
    pub(super) run_at: Option<i64>,
    /// Whether the attempt does not count.
    pub(super) refund: bool,
    /// Whether the run has ended by itself, so that it did not kill its worker.
    pub(super) survived: bool,
    /// The result.
    pub(super) result: Option<String>,
    /// The error to record.
    pub(super) error: Option<String>,
}

impl Change {
    pub(super) fn of(outcome: &Outcome, now: i64) -> Self {
        let to = |state| Self {
            state,
            last: state,
            run_at: None,
            refund: false,
            survived: true,
            result: None,
            error: None,
        };
        match outcome {
            Outcome::Done { result } => Self {
                result: result.clone(),
                ..to(State::Done)
            },
            Outcome::Retry { at, error } => Self {
                last: State::Dead,
                run_at: Some(micros(*at)),
                error: Some(error_text(error)),
                ..to(waiting(micros(*at), now))
            },
            Outcome::Snooze { at } => Self {
                run_at: Some(micros(*at)),
                refund: true,
                ..to(waiting(micros(*at), now))
            },
            Outcome::HandBack => Self {
                refund: true,
                survived: false,
                ..to(State::Ready)
            },
            Outcome::Dead { error } => Self {
                error: Some(error_text(error)),
                ..to(State::Dead)
            },
            Outcome::Discard { reason } => Self {
                error: Some(error_text(reason)),
                ..to(State::Cancelled)
            },
        }
    }
}

/// The state of a job whose worker was lost.
pub(super) fn rescued(rescues: u32, attempt: u32, max_attempts: u32) -> State {
    if rescues >= MAX_RESCUES || attempt >= max_attempts {
        State::Dead
    } else {
        State::Ready
    }
}

/// The error of a run whose worker was lost.
pub(super) fn lost_worker(host: &str) -> String {
    error_text(&format!(
        "the worker {host} was lost while it ran the job: its process was killed, or stood still for longer than its lease"
    ))
}

/// An error as it is stored: without the character U+0000, which PostgreSQL does not have, and not longer than a page or two.
fn error_text(error: &str) -> String {
    let mut text = error.replace('\0', "\u{fffd}");
    if text.len() > MAX_ERROR {
        text.truncate(text.floor_char_boundary(MAX_ERROR));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::queue::store::JobId;

    fn job() -> NewJob {
        NewJob::new(JobId::new(), "default", "welcome", "{}", Utc::now())
    }

    #[test]
    fn a_job_that_cannot_be_stored_is_refused_with_the_reason() {
        let refused = |job: NewJob| check(&[job]).expect_err("it is refused").to_string();
        let priority = NewJob {
            priority: 101,
            ..job()
        };
        assert!(refused(priority).contains("101 is not within -100 and 100"));
        let large = NewJob {
            args: " ".repeat(MAX_ARGUMENTS + 1),
            ..job()
        };
        assert!(refused(large).contains("have 262145 bytes"));
        let nul = NewJob {
            queue: "a\0b".to_owned(),
            ..job()
        };
        assert!(refused(nul).contains("U+0000"));
        assert!(check(&[job()]).is_ok());
    }

    #[test]
    fn a_job_waits_only_for_jobs_before_it() {
        let first = job();
        let second = NewJob {
            after: Some(first.id),
            ..job()
        };
        assert!(check(&[first.clone(), second.clone()]).is_ok());
        assert!(check(&[second, first]).is_err());
    }

    #[test]
    fn a_long_error_is_cut_between_characters() {
        let text = error_text(&"é".repeat(MAX_ERROR));
        assert!(text.ends_with("é…") && text.len() <= MAX_ERROR + '…'.len_utf8());
        assert_eq!(error_text("a\0b"), "a\u{fffd}b");
    }
}
