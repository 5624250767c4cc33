//! The running of due jobs in the caller's task, for tests.

use std::sync::Arc;

use chrono::TimeDelta;

use super::{
    Jobs,
    random::Random,
    run::{Interruptions, Runner},
};
use crate::{
    context::{AppContext, CancellationToken},
    error::{Error, Result},
    queue::store::{Claim, JobRecord, Settled, Settlement, State, Worker, WorkerId},
};

/// The number of runs after which jobs that enqueue each other are taken for endless.
const MOST_RUNS: usize = 10_000;

/// A job that was run. See [`run_due`] for an example.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ran {
    /// The job as it was when it was claimed.
    pub job: JobRecord,
    /// The state that it is in after the run; `None` if it was cancelled meanwhile.
    pub state: Option<State>,
}

/// Runs the jobs that are due, one after another in the caller's task, until none is left, those included that they enqueue. Returns
/// them in the order in which they ran.
///
/// ```
/// use fw::{jobs::{Jobs, run_due}, prelude::*};
///
/// async fn run_all(ctx: &AppContext, jobs: &Jobs) -> Result<()> {
///     for ran in run_due(ctx, jobs).await? {
///         println!("{} is {:?}", ran.job.name, ran.state);
///     }
///     Ok(())
/// }
/// ```
///
/// This is for tests: a server runs jobs by itself. Time is that of the queue's [clock](crate::queue::Queue::clock).
pub async fn run_due(ctx: &AppContext, jobs: &Jobs) -> Result<Vec<Ran>> {
    let store = ctx.queue.store();
    let now = ctx.queue.now();
    let worker = Worker {
        id: WorkerId::new(),
        host: "the caller".to_owned(),
        queues: ctx.queue.queues().keys().cloned().collect(),
        started_at: now,
        lease_until: now + TimeDelta::days(365),
    };
    store.register(&worker).await?;
    let runner = Runner::new(ctx.clone(), Arc::new(jobs.clone()), Random::new());
    let ran = run_all(ctx, &runner, &worker).await;
    store.unregister(worker.id, ctx.queue.now()).await?;
    ran
}

async fn run_all(ctx: &AppContext, runner: &Runner, worker: &Worker) -> Result<Vec<Ran>> {
    let store = ctx.queue.store();
    let names: Vec<_> = runner.jobs.names().into_iter().map(str::to_owned).collect();
    let never = Interruptions {
        lost: CancellationToken::new(),
        hand_back: CancellationToken::new(),
    };
    let mut all = Vec::new();
    'found: loop {
        ctx.queue.relay().await?;
        while store.promote(100, ctx.queue.now()).await?.count > 0 {}
        for queue in &worker.queues {
            let claim = Claim {
                worker: worker.id,
                queue,
                names: &names,
                limit: 1,
            };
            let Some(job) = store.claim(claim, ctx.queue.now()).await?.pop() else {
                continue;
            };
            if all.len() == MOST_RUNS {
                return Err(Error::internal(format!(
                    "{MOST_RUNS} jobs have run, and more are due, such as `{}`\nhint: do jobs enqueue each other without an end?",
                    job.name
                )));
            }
            let state = match runner.run(&job, never.clone()).await {
                Some(outcome) => {
                    let fence = job.fence();
                    let settlement = Settlement { fence, outcome };
                    let settled = store.settle(&[settlement], ctx.queue.now()).await?;
                    match settled.first() {
                        Some(Settled::As(state)) => Some(*state),
                        _ => None,
                    }
                }
                None => Some(State::Done),
            };
            all.push(Ran { job, state });
            continue 'found;
        }
        return Ok(all);
    }
}
