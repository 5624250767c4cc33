//! The metrics of jobs: what this process has done with them since its start, and what is in the store.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::Serialize;

use super::store::Outcome;

/// The counters of a process: what it has done with jobs since its start. [`Queue::metrics`](super::Queue::metrics) reads them.
///
/// Numbers of jobs that wait, and how long the oldest does, are in the store, and the same for all processes: [`Queue::stats`](super::Queue::stats).
///
/// ```
/// use fw::{prelude::*, queue::{Metrics, RunTime}, queue::store::State};
///
/// async fn export(ctx: &AppContext) -> Result<()> {
///     let metrics: Metrics = ctx.queue.metrics();
///     println!("jobs_claimed_total {}", metrics.claimed);
///     for (name, job) in &metrics.jobs {
///         println!("job_runs_total{{job={name:?},outcome=\"done\"}} {}", job.done);
///         for (bound, count) in RunTime::BOUNDS.iter().zip(job.run_time.cumulative()) {
///             println!("job_run_seconds_bucket{{job={name:?},le=\"{}\"}} {count}", bound.as_secs_f64());
///         }
///     }
///     let stats = ctx.queue.stats().await?;
///     println!("jobs_dead {}", stats.count(State::Dead));
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Metrics {
    /// The number of times that jobs were asked for, whether there were any or not.
    pub claims: u64,
    /// The number of jobs that were claimed.
    pub claimed: u64,
    /// The number of leases that were lost: all jobs of the process were aborted, to run elsewhere.
    pub lost_leases: u64,
    /// The number of outcomes that were not stored, as another process had the job, or somebody had cancelled it.
    pub lost_outcomes: u64,
    /// The number of jobs that were taken from processes that were lost.
    pub rescued: u64,
    /// The runs that have ended, by the name of the job.
    pub jobs: BTreeMap<String, JobMetrics>,
}

/// The runs of one kind of job that have ended. See [`Metrics`] for an example.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JobMetrics {
    /// The job was done.
    pub done: u64,
    /// The run has failed, and the job is tried again.
    pub retried: u64,
    /// The run has failed, and the job is a dead letter.
    pub dead: u64,
    /// The job has discarded itself.
    pub discarded: u64,
    /// The job has put itself off.
    pub snoozed: u64,
    /// The job had no permit of its rate limit, and was put off.
    pub limited: u64,
    /// The run was cut off at the end of the process, and the job handed back.
    pub handed_back: u64,
    /// The run was cut off, as somebody had cancelled the job, or another process had taken it over.
    pub lost: u64,
    /// The number of tries that these runs were, each with the tries before it: 1 for a run that is the first try.
    pub tries: u64,
    /// The time that the runs took.
    pub run_time: RunTime,
}

impl JobMetrics {
    /// The number of runs that have ended.
    pub fn runs(&self) -> u64 {
        self.run_time.count
    }
}

/// A histogram of run times. See [`Metrics`] for an example.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RunTime {
    /// The number of runs.
    pub count: u64,
    /// The time that all runs took together.
    pub sum: Duration,
    /// The time of the longest.
    pub max: Duration,
    /// The number of runs between each of [`BOUNDS`](Self::BOUNDS), which belongs to it, and the one before; the last number is that of
    /// longer ones.
    pub buckets: [u64; RunTime::BOUNDS.len() + 1],
}

impl RunTime {
    /// The upper bounds of the buckets.
    pub const BOUNDS: [Duration; 12] = [
        Duration::from_millis(5),
        Duration::from_millis(10),
        Duration::from_millis(25),
        Duration::from_millis(100),
        Duration::from_millis(250),
        Duration::from_secs(1),
        Duration::from_millis(2500),
        Duration::from_secs(10),
        Duration::from_secs(30),
        Duration::from_mins(2),
        Duration::from_mins(10),
        Duration::from_hours(1),
    ];

    /// The number of runs up to each of [`BOUNDS`](Self::BOUNDS), and of all, as exporters want them.
    pub fn cumulative(&self) -> impl Iterator<Item = u64> {
        self.buckets.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        })
    }

    fn add(&mut self, time: Duration) {
        self.count += 1;
        self.sum = self.sum.saturating_add(time);
        self.max = self.max.max(time);
        self.buckets[Self::BOUNDS.partition_point(|bound| *bound < time)] += 1;
    }
}

/// The end of a run, as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Done,
    Retried,
    Dead,
    Discarded,
    Snoozed,
    Limited,
    HandedBack,
    Lost,
}

impl From<&Outcome> for Ended {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Done { .. } => Self::Done,
            Outcome::Retry { .. } => Self::Retried,
            Outcome::Snooze { .. } => Self::Snoozed,
            Outcome::HandBack => Self::HandedBack,
            Outcome::Dead { .. } => Self::Dead,
            Outcome::Discard { .. } => Self::Discarded,
        }
    }
}

/// The counters while they count. Cheap to clone; every clone counts the same.
#[derive(Clone, Default)]
pub(crate) struct Counters(Arc<Mutex<Metrics>>);

impl Counters {
    /// The present numbers.
    pub(super) fn read(&self) -> Metrics {
        self.lock().clone()
    }

    pub(crate) fn claimed(&self, jobs: usize) {
        let mut metrics = self.lock();
        metrics.claims += 1;
        metrics.claimed += jobs as u64;
    }

    pub(crate) fn lost_lease(&self) {
        self.lock().lost_leases += 1;
    }

    pub(crate) fn lost_outcome(&self) {
        self.lock().lost_outcomes += 1;
    }

    pub(crate) fn rescued(&self, jobs: usize) {
        self.lock().rescued += jobs as u64;
    }

    pub(crate) fn ended(&self, name: &str, ended: Ended, attempt: u32, time: Duration) {
        let mut metrics = self.lock();
        // Names are few, and allocated once each.
        if !metrics.jobs.contains_key(name) {
            metrics.jobs.insert(name.to_owned(), JobMetrics::default());
        }
        let Some(job) = metrics.jobs.get_mut(name) else {
            return;
        };
        let count = match ended {
            Ended::Done => &mut job.done,
            Ended::Retried => &mut job.retried,
            Ended::Dead => &mut job.dead,
            Ended::Discarded => &mut job.discarded,
            Ended::Snoozed => &mut job.snoozed,
            Ended::Limited => &mut job.limited,
            Ended::HandedBack => &mut job.handed_back,
            Ended::Lost => &mut job.lost,
        };
        *count += 1;
        job.tries += u64::from(attempt);
        job.run_time.add(time);
    }

    /// Logs the sums, if any job has run.
    pub(crate) fn log(&self) {
        let metrics = self.lock();
        let sum = |count: fn(&JobMetrics) -> u64| metrics.jobs.values().map(count).sum::<u64>();
        let runs = sum(JobMetrics::runs);
        if runs > 0 {
            tracing::info!(
                runs,
                done = sum(|job| job.done),
                retried = sum(|job| job.retried),
                dead = sum(|job| job.dead),
                handed_back = sum(|job| job.handed_back),
                lost_leases = metrics.lost_leases,
                "jobs that this process has run"
            );
        }
    }

    fn lock(&self) -> MutexGuard<'_, Metrics> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted_by_their_end_and_time() {
        let counters = Counters::default();
        counters.claimed(2);
        counters.claimed(0);
        counters.ended("mail", Ended::Retried, 1, Duration::from_millis(5));
        counters.ended("mail", Ended::Done, 2, Duration::from_millis(6));
        counters.ended("report", Ended::Dead, 5, Duration::from_hours(3));
        let metrics = counters.read();
        assert_eq!((metrics.claims, metrics.claimed), (2, 2));
        let mail = &metrics.jobs["mail"];
        assert_eq!(
            (mail.runs(), mail.done, mail.retried, mail.tries),
            (2, 1, 1, 3)
        );
        assert_eq!(mail.run_time.sum, Duration::from_millis(11));
        assert_eq!(mail.run_time.max, Duration::from_millis(6));
        assert_eq!(mail.run_time.buckets[..3], [1, 1, 0]);
        let cumulative: Vec<_> = mail.run_time.cumulative().collect();
        assert_eq!(cumulative[..3], [1, 2, 2]);
        let report = &metrics.jobs["report"];
        assert_eq!(report.dead, 1);
        assert_eq!(report.run_time.buckets.last(), Some(&1));
    }
}
