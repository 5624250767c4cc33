//! The worker of apalis, which runs the jobs that the claimer hands it.
//!
//! There is one for the whole process, over one type of task, which calls the job by its name: so neither types nor build time grow with
//! the number of jobs. Claims, leases and settlements are not its business: storages that leave them to the worker's poll loop lose or
//! double jobs when it is late. Its backend is only the receiving end of a channel.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
};

use apalis_core::{
    backend::{Backend, BackendConfig, finalize::Ephemeral},
    error::{BoxDynError, WorkerError},
    task::{Task, builder::TaskBuilder, task_id::TaskId},
    worker::{builder::WorkerBuilder, context::WorkerContext, ext::parallelize::ParallelizeExt},
};
use futures_util::future::BoxFuture;
use tokio::{
    sync::mpsc,
    task::{JoinError, JoinHandle},
};
use tower::{Layer, Service};

use super::{settler::Finished, work::Claimed};
use crate::{
    context::CancellationToken,
    jobs::run::{Interruptions, Runner},
    queue::store::Outcome,
};

/// The worker, as it is told apart from others in the events of apalis.
const NAME: &str = "fw-jobs";

/// The parts that the worker connects.
pub(super) struct Lane {
    pub(super) claimed: mpsc::Receiver<Claimed>,
    pub(super) runner: Runner,
    pub(super) finished: mpsc::Sender<Finished>,
    /// Cancelled when running jobs are to be handed back.
    pub(super) hand_back: CancellationToken,
}

/// Runs jobs until the sender of claimed ones is gone and the last one has ended.
pub(super) fn work(lane: Lane) -> BoxFuture<'static, Result<(), WorkerError>> {
    let Lane {
        claimed,
        runner,
        finished,
        hand_back,
    } = lane;
    let backend = Received {
        claimed,
        settle: Settle { finished },
    };
    let worker = WorkerBuilder::new(NAME)
        .backend(backend)
        .parallelize(|run| AbortOnDrop(tokio::spawn(run)))
        .build(Run { runner, hand_back });
    Box::pin(worker.run())
}

/// The task of the worker: a job, which is taken out when it begins. Tasks of apalis can be cloned, a claim cannot.
type JobTask = Task<Begin>;

/// A claimed job that begins.
struct Begin(Claimed);

/// The backend: the jobs that were claimed.
struct Received {
    claimed: mpsc::Receiver<Claimed>,
    settle: Settle,
}

impl Backend for Received {
    type Task = JobTask;
    type Error = Infallible;

    fn poll_ready(
        &mut self,
        _: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        worker: &WorkerContext,
    ) -> Poll<Option<Result<JobTask, Infallible>>> {
        let Some(job) = ready!(self.claimed.poll_recv(cx)) else {
            // Without this the worker would wait for more; it only fails before the start.
            let _ = worker.stop();
            return Poll::Ready(None);
        };
        // The id is unique also when a job comes back to the same process.
        let id = format!("{}:{}", job.record.id, job.record.token);
        let task = TaskBuilder::new(Begin(job)).task_id(TaskId::from(id));
        Poll::Ready(Some(Ok(task.build())))
    }

    /// Nothing is left: the channel was received to its end.
    fn poll_close(
        &mut self,
        _: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }
}

impl BackendConfig for Received {
    type Args = Begin;
    type Id = String;
    type Kind = Ephemeral;
    type Config = ();
    type Layer = Settle;

    fn config(&self) -> &() {
        &()
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> Settle {
        self.settle.clone()
    }
}

/// The outermost layer, which passes the outcome of each run on to the settler.
#[derive(Clone)]
struct Settle {
    finished: mpsc::Sender<Finished>,
}

impl<S> Layer<S> for Settle {
    type Service = Settling<S>;

    fn layer(&self, inner: S) -> Settling<S> {
        Settling {
            inner,
            finished: self.finished.clone(),
        }
    }
}

struct Settling<S> {
    inner: S,
    finished: mpsc::Sender<Finished>,
}

impl<S> Service<JobTask> for Settling<S>
where
    S: Service<JobTask, Response = Option<Finished>, Error = BoxDynError>,
    S::Future: Send + 'static,
{
    type Response = ();
    type Error = BoxDynError;
    type Future = BoxFuture<'static, Result<(), BoxDynError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxDynError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, task: JobTask) -> Self::Future {
        let run = self.inner.call(task);
        let finished = self.finished.clone();
        Box::pin(async move {
            if let Some(mut run) = run.await? {
                // Outcomes that cannot be stored must not become more and more.
                let place = finished.reserve().await?;
                run.job.free_slot();
                place.send(run);
            }
            Ok(())
        })
    }
}

/// The innermost service, which runs a job.
struct Run {
    runner: Runner,
    hand_back: CancellationToken,
}

impl Service<JobTask> for Run {
    type Response = Option<Finished>;
    type Error = BoxDynError;
    type Future = BoxFuture<'static, Result<Option<Finished>, BoxDynError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxDynError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, task: JobTask) -> Self::Future {
        let Begin(job) = task.args;
        let runner = self.runner.clone();
        let interruptions = Interruptions {
            lost: job.abort.clone(),
            hand_back: self.hand_back.clone(),
        };
        Box::pin(async move {
            let outcome: Option<Outcome> = runner.run(&job.record, interruptions).await;
            Ok(outcome.map(|outcome| Finished { job, outcome }))
        })
    }
}

/// A spawned task that ends with this handle. A plain one would go on when the worker is dropped.
struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Future for AbortOnDrop<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
