//! One run of a job, from its record to its outcome.

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use chrono::TimeDelta;
use futures_util::FutureExt;
use tokio::time::{Instant, timeout};
use tracing::Instrument;

use super::{
    JobContext, Jobs, Retry,
    context::Details,
    error::{Decision, JobError},
    limit::Pace,
    origin::{self, Origin},
    random::Random,
};
use crate::{
    config::duration,
    context::{AppContext, CancellationToken},
    queue::{
        Ended,
        store::{JobRecord, Outcome},
    },
    telemetry::{self, RequestContext, TraceParent, Unfinished},
};

/// The size of the longest error that is stored, in bytes.
const MAX_ERROR_BYTES: usize = 8 * 1024;

/// The runner of jobs.
#[derive(Clone)]
pub(crate) struct Runner {
    pub(super) app: AppContext,
    pub(super) jobs: Arc<Jobs>,
    pub(super) random: Random,
    pace: Pace,
}

/// The tokens that end a run from outside.
#[derive(Clone)]
pub(super) struct Interruptions {
    /// The run is no longer this process's: it was cancelled, or the lease is lost.
    pub(super) lost: CancellationToken,
    /// The time for draining is over: the job is handed back.
    pub(super) hand_back: CancellationToken,
}

/// The end of a run inside the runner.
enum End {
    Returned(Result<(), JobError>),
    TimedOut(Duration),
    Panicked(String),
    Lost,
    HandedBack,
}

impl Runner {
    pub(crate) fn new(app: AppContext, jobs: Arc<Jobs>, random: Random) -> Self {
        Self {
            app,
            jobs,
            random,
            pace: Pace::default(),
        }
    }

    /// Runs a job. Returns its outcome, or `None` if there is nothing to settle: the run is lost, or has settled itself.
    pub(super) async fn run(
        &self,
        record: &JobRecord,
        interruptions: Interruptions,
    ) -> Option<Outcome> {
        let origin = Origin::from_meta(record.meta.as_deref());
        let request = origin.request();
        let span = tracing::info_span!(
            "job",
            job = record.name,
            job_id = %record.id,
            attempt = record.attempt,
            request_id = request.id_text(),
            trace_id = request.trace.as_ref().map(TraceParent::trace_id),
        );
        let run = self.run_within_span(record, &origin, request.clone(), interruptions);
        // Boxed, as the future of a run is large and would be copied into each future around it.
        let run = Box::pin(run).instrument(span);
        if request.is_unknown() {
            run.await
        } else {
            telemetry::within_request(request, run).await
        }
    }

    async fn run_within_span(
        &self,
        record: &JobRecord,
        origin: &Origin,
        request: RequestContext,
        interruptions: Interruptions,
    ) -> Option<Outcome> {
        let unfinished = Unfinished::new("job", &record.name);
        let start = Instant::now();
        let Some(job) = self.jobs.find(&record.name) else {
            // Only names that the process knows are claimed.
            unfinished.finish();
            return Some(Outcome::HandBack);
        };
        let now = self.app.queue.now();
        let timeout_at = TimeDelta::from_std(job.timeout).unwrap_or(TimeDelta::MAX);
        let cancellation = CancellationToken::new();
        // However the run ends, also by being dropped, what it has started elsewhere is told.
        let _cancelled_at_the_end = cancellation.clone().drop_guard();
        let context = JobContext::new(
            self.app.clone(),
            Details {
                fence: record.fence(),
                attempt: record.attempt,
                max_attempts: record.max_attempts,
                deadline: now.checked_add_signed(timeout_at).unwrap_or(now),
                cancellation,
                request,
                batch: record.batch.or(origin.batch),
                may_unblock: origin::may_unblock(record),
                pace: self.pace.clone(),
            },
        );
        let run = (job.run)(&context, &record.args);
        // State that a panic left half-changed is not reachable afterwards.
        let run = AssertUnwindSafe(timeout(job.timeout, run)).catch_unwind();
        let end = tokio::select! {
            biased;
            () = interruptions.lost.cancelled() => End::Lost,
            () = interruptions.hand_back.cancelled() => End::HandedBack,
            result = run => match result {
                Ok(Ok(result)) => End::Returned(result),
                Ok(Err(_)) => End::TimedOut(job.timeout),
                Err(panic) => End::Panicked(message_of(&*panic)),
            },
        };
        unfinished.finish();
        let duration = start.elapsed();
        let is_put_off = matches!(
            &end,
            End::Returned(Err(error)) if matches!(error.decision, Decision::PutOff(_))
        );
        let (outcome, ended) = if context.is_complete() {
            tracing::info!(?duration, "job done");
            (None, Ended::Done)
        } else {
            let outcome = self.outcome(record, job.retry, end, duration);
            let ended = outcome.as_ref().map_or(Ended::Lost, Ended::from);
            (outcome, if is_put_off { Ended::Limited } else { ended })
        };
        let counters = self.app.queue.counters();
        counters.ended(&record.name, ended, record.attempt, duration);
        outcome
    }

    /// The outcome of a run, which is logged.
    fn outcome(
        &self,
        record: &JobRecord,
        retry: Retry,
        end: End,
        duration: Duration,
    ) -> Option<Outcome> {
        let error = match end {
            End::Returned(Ok(())) => {
                tracing::info!(?duration, "job done");
                return Some(Outcome::Done { result: None });
            }
            End::Returned(Err(error)) => error,
            End::TimedOut(limit) => JobError::retry(format!(
                "it did not finish within {} and was cancelled",
                duration::format(limit)
            )),
            End::Panicked(message) => JobError::retry(format!("it panicked: {message}")),
            End::Lost => {
                tracing::warn!(
                    "job cut off: it was cancelled, or another process has taken it over"
                );
                return None;
            }
            End::HandedBack => {
                tracing::warn!("job cut off and handed back: the drain time is over");
                return Some(Outcome::HandBack);
            }
        };
        let later = |delay: Duration| {
            let now = self.app.queue.now();
            let delay = TimeDelta::from_std(delay).unwrap_or(TimeDelta::MAX);
            now.checked_add_signed(delay).unwrap_or(now)
        };
        let is_last = record.attempt >= record.max_attempts;
        let reason = storable(error.reason);
        Some(match error.decision {
            Decision::Snooze(delay) => {
                tracing::info!(delay = duration::format(delay), "job snoozed");
                Outcome::Snooze { at: later(delay) }
            }
            Decision::PutOff(delay) => {
                tracing::debug!(?delay, "job put off: its rate limit has no permit");
                Outcome::Snooze { at: later(delay) }
            }
            Decision::Discard => {
                tracing::info!(reason, "job discarded");
                Outcome::Discard { reason }
            }
            Decision::Retry | Decision::RetryAfter(_) if !is_last => {
                let delay = match error.decision {
                    Decision::RetryAfter(delay) => delay,
                    _ => retry.delay(record.attempt, self.random.fraction()),
                };
                let wait = duration::format(delay);
                tracing::warn!(
                    error = reason,
                    delay = wait,
                    "job failed and will be tried again"
                );
                let (at, error) = (later(delay), reason);
                Outcome::Retry { at, error }
            }
            _ => {
                tracing::error!(error = reason, "job failed for good: it is a dead letter");
                Outcome::Dead { error: reason }
            }
        })
    }
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}

/// The text of an error as a database can store it: PostgreSQL has no zero bytes in texts, and one settlement that cannot be stored would
/// hold up the others.
fn storable(mut text: String) -> String {
    if text.contains('\0') {
        text = text.replace('\0', "\u{fffd}");
    }
    if text.len() > MAX_ERROR_BYTES {
        text.truncate(text.floor_char_boundary(MAX_ERROR_BYTES));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_can_be_stored() {
        assert_eq!(storable("a\0b".to_owned()), "a\u{fffd}b");
        let long = storable("ä".repeat(MAX_ERROR_BYTES));
        assert_eq!(long.len(), MAX_ERROR_BYTES + '…'.len_utf8());
    }
}
