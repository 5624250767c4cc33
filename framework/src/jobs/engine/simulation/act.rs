//! The jobs of a simulation, and the notes that are taken of their runs.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::{
    jobs::{Job, JobContext, JobError, Key, Retry},
    queue::store::JobId,
};

/// A job of the simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Act {
    Succeed,
    Take { millis: u64 },
    FailOnce,
    FailAlways,
    GiveUp,
    Discard,
    Panic,
    Hang,
    SnoozeTwice,
    KillItsProcess,
}

impl Job for Act {
    const NAME: &'static str = "act";
    const RETRY: Retry =
        Retry::times(4).backoff(Duration::from_millis(500), Duration::from_secs(4));
    // Longer than a lease, and not so long that most of the time passes with waiting for it.
    const TIMEOUT: Duration = Duration::from_secs(4);

    fn key(&self) -> Key {
        Key::none()
    }

    async fn run(&self, job: &JobContext) -> Result<(), JobError> {
        let process = job.get::<Process>().ok_or("there is no process")?;
        let _run = process.scene.begin(job.id());
        match *self {
            Self::Succeed => {}
            Self::Take { millis } => sleep(Duration::from_millis(millis)).await,
            Self::FailOnce if job.attempt() > 1 => {}
            Self::FailOnce | Self::FailAlways => return Err("it fails".into()),
            Self::GiveUp => return Err(JobError::fail("it never works")),
            Self::Discard => return Err(JobError::discard("it is not needed")),
            // Without the hook, whose backtraces would take most of the time.
            Self::Panic => std::panic::resume_unwind(Box::new("on purpose")),
            Self::Hang => std::future::pending().await,
            Self::SnoozeTwice => {
                if process.scene.runs_of(job.id()) < 3 {
                    return Err(JobError::snooze(Duration::from_millis(1500)));
                }
            }
            Self::KillItsProcess => {
                process.scene.lock().to_kill.push(process.index);
                std::future::pending::<()>().await;
            }
        }
        Ok(())
    }
}

/// The process that a job finds itself in.
pub(super) struct Process {
    pub(super) index: usize,
    pub(super) scene: Arc<Scene>,
}

/// The notes that are taken of the runs.
#[derive(Default)]
pub(super) struct Scene(Mutex<Notes>);

#[derive(Default)]
pub(super) struct Notes {
    /// The begin and the end of each run.
    pub(super) runs: BTreeMap<JobId, Vec<(Instant, Option<Instant>)>>,
    /// The processes that a job has killed.
    pub(super) to_kill: Vec<usize>,
}

impl Scene {
    pub(super) fn lock(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(self: &Arc<Self>, job: JobId) -> RunGuard {
        let mut notes = self.lock();
        let runs = notes.runs.entry(job).or_default();
        runs.push((Instant::now(), None));
        RunGuard {
            scene: Arc::clone(self),
            job,
            index: runs.len() - 1,
        }
    }

    fn runs_of(&self, job: JobId) -> usize {
        self.lock().runs.get(&job).map_or(0, Vec::len)
    }
}

/// Notes the end of a run, also of one that is cut off.
struct RunGuard {
    scene: Arc<Scene>,
    job: JobId,
    index: usize,
}

impl Drop for RunGuard {
    fn drop(&mut self) {
        let mut notes = self.scene.lock();
        if let Some(runs) = notes.runs.get_mut(&self.job) {
            runs[self.index].1 = Some(Instant::now());
        }
    }
}
