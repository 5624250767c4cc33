//! The context of a running job.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU16, Ordering},
    },
};

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};

use super::{JobError, Limit, limit::Pace};
use crate::{
    context::{AppContext, CancellationToken},
    db::Transaction,
    queue::store::{BatchId, BatchRecord, Executor, Fence, JobId, Outcome, Settled, Settlement},
    telemetry::{RequestContext, TraceParent},
};

/// The context of a running job. It is an [`AppContext`] as well: `job.db`, `job.config`, and functions that take one.
pub struct JobContext {
    app: AppContext,
    details: Details,
    /// The progress that was stored last, in thousandths.
    progress: AtomicU16,
    /// Whether the job was settled in a transaction of its own.
    is_complete: Arc<AtomicBool>,
}

/// The facts of a run that are known when it begins.
pub(super) struct Details {
    pub(super) fence: Fence,
    pub(super) attempt: u32,
    pub(super) max_attempts: u32,
    pub(super) deadline: DateTime<Utc>,
    pub(super) cancellation: CancellationToken,
    pub(super) request: RequestContext,
    /// The batch that the job is part of, or at whose end it runs.
    pub(super) batch: Option<BatchId>,
    /// Whether the end of the job may make another one ready.
    pub(super) may_unblock: bool,
    pub(super) pace: Pace,
}

impl Deref for JobContext {
    type Target = AppContext;

    fn deref(&self) -> &AppContext {
        &self.app
    }
}

impl JobContext {
    pub(super) fn new(app: AppContext, details: Details) -> Self {
        Self {
            app,
            details,
            progress: AtomicU16::new(0),
            is_complete: Arc::default(),
        }
    }

    /// The id of the job.
    pub fn id(&self) -> JobId {
        self.details.fence.id
    }

    /// The number of this try, from 1 on.
    pub fn attempt(&self) -> u32 {
        self.details.attempt
    }

    /// The number of tries that the job has.
    pub fn max_attempts(&self) -> u32 {
        self.details.max_attempts
    }

    /// Returns true if a failure of this try makes the job a dead letter.
    pub fn is_last_attempt(&self) -> bool {
        self.attempt() >= self.max_attempts()
    }

    /// The time at which the run is cancelled, as [`Job::TIMEOUT`](super::Job::TIMEOUT) says.
    pub fn deadline(&self) -> DateTime<Utc> {
        self.details.deadline
    }

    /// A token that is cancelled when this run ends, for work that a job starts elsewhere: in another task, or on a thread that blocks.
    ///
    /// A run is cut off at its deadline, when somebody cancels the job, at the end of the time for draining, and when another process
    /// has taken the job over.
    pub fn cancellation(&self) -> CancellationToken {
        self.details.cancellation.clone()
    }

    /// The id of the request that the job comes from, if it was enqueued in one, or by a job of one.
    pub fn request_id(&self) -> Option<&str> {
        self.details.request.id_text()
    }

    /// The trace context of that request, as the value of the header `traceparent` for calls of other services.
    pub fn traceparent(&self) -> Option<&str> {
        let trace = self.details.request.trace.as_ref();
        trace.map(TraceParent::as_str)
    }

    /// The id of the batch that the job is part of, or at whose end it runs.
    pub fn batch_id(&self) -> Option<BatchId> {
        self.details.batch
    }

    /// The [batch](super::Batch) that the job is part of, or at whose end it runs, with the numbers of its jobs: `total`, `pending`, `failed`.
    /// `None` if there is none, or if it was deleted some time after its end.
    pub async fn batch(&self) -> Result<Option<BatchRecord>, JobError> {
        match self.details.batch {
            Some(id) => Ok(self.queue.batch(id).await?),
            None => Ok(None),
        }
    }

    /// Stores the progress of the job, from 0 to 1, for those who look at it.
    ///
    /// Fails if the run is lost: cancelled, or taken over by another process.
    pub async fn progress(&self, fraction: f64) -> Result<(), JobError> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the number is from 0 to 1000"
        )]
        let thousandths = (fraction.clamp(0.0, 1.0) * 1000.0).round() as u16;
        if self.progress.swap(thousandths, Ordering::Relaxed) == thousandths {
            return Ok(());
        }
        let stored = self
            .queue
            .store()
            .progress(self.details.fence, thousandths)
            .await?;
        if stored { Ok(()) } else { Err(lost()) }
    }

    /// Runs a step of the job, whose result is stored: a later try takes the stored result and does not run the step again.
    ///
    /// A step that was cut off before its result was stored does run again.
    ///
    /// ```
    /// # use fw::jobs::{JobContext, JobError};
    /// # async fn charge(_: i64) -> Result<String, JobError> { Ok("receipt".into()) }
    /// # async fn example(job: &JobContext) -> Result<(), JobError> {
    /// let receipt: String = job.step("charge", async { charge(7).await }).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn step<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        work: impl Future<Output = Result<T, JobError>>,
    ) -> Result<T, JobError> {
        let store = self.queue.store();
        if let Some(stored) = store.step(self.id(), name).await? {
            return Ok(serde_json::from_str(&stored)?);
        }
        let result = work.await?;
        let text = serde_json::to_string(&result)?;
        let now = self.queue.now();
        let stored = store.save_step(self.details.fence, name, &text, now);
        if stored.await? {
            Ok(result)
        } else {
            Err(lost())
        }
    }

    /// Completes the job as a part of the transaction: its effects in the database and its end are stored together, so the effects
    /// happen exactly once. The job should return `Ok` after the commit.
    ///
    /// Fails if the run is lost: the transaction is to be rolled back, as another run has the job.
    ///
    /// ```
    /// # use fw::{jobs::{JobContext, JobError}, prelude::*};
    /// # async fn example(job: &JobContext) -> Result<(), JobError> {
    /// job.db
    ///     .transact_as::<_, JobError>(async |tx| {
    ///         tx.execute_unprepared("UPDATE accounts SET balance = balance - 1").await?;
    ///         job.complete_in(tx).await
    ///     })
    ///     .await
    /// # }
    /// ```
    pub async fn complete_in(&self, transaction: &Transaction) -> Result<(), JobError> {
        let settlement = Settlement {
            fence: self.details.fence,
            outcome: Outcome::Done { result: None },
        };
        let executor = Executor::Transaction(transaction);
        let now = self.queue.now();
        match self
            .queue
            .store()
            .settle_in(executor, &settlement, now)
            .await?
        {
            Settled::As(_) => {
                let is_complete = Arc::clone(&self.is_complete);
                let wake_ups = self
                    .details
                    .may_unblock
                    .then(|| self.queue.wake_ups().clone());
                transaction.after_commit(move || {
                    is_complete.store(true, Ordering::Release);
                    if let Some(wake_ups) = wake_ups {
                        wake_ups.wake_all();
                    }
                });
                Ok(())
            }
            Settled::Lost => Err(lost()),
        }
    }

    /// Takes a permit of the rate limit, without which the job does not begin. Fails with the time at which there may be one.
    pub(super) async fn admit(&self, limit: &Limit) -> Result<(), JobError> {
        let limit = limit.stored();
        let now = self.queue.now();
        let permits = self.queue.store().acquire(&limit, 1, now).await?;
        let Some(next_at) = permits.next_at.filter(|_| permits.granted == 0) else {
            return Ok(());
        };
        let at = self.details.pace.put_off(&limit, next_at, now);
        Err(JobError::put_off((at - now).to_std().unwrap_or_default()))
    }

    /// Returns true if the job was settled in a transaction of its own.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete.load(Ordering::Acquire)
    }
}

/// The error of a run that is not the job's present one any more. Its settlement has no effect.
fn lost() -> JobError {
    JobError::retry(
        "this run of the job is lost: it was cancelled, or another process has taken it over",
    )
}
