//! The serving of an application, from its configuration to its shutdown.

use std::{
    future::pending,
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::{Booted, steps};
use crate::{
    app::Application,
    config::{Config, JobStore},
    context::{AppContext, CancellationToken},
    db,
    error::Result,
    jobs::{Engine, Jobs},
    queue::store::State,
    scheduler::{self, Planned},
    server::{self, Listeners, ServerError},
};

/// The time for the server to close its own connections after the drain timeout, before everything else is cancelled as well.
const CUT_OFF: Duration = Duration::from_millis(250);

/// The time for `on_shutdown`, the initializers' `shutdown` and the database, if the drain time leaves them less.
const CLEANUP: Duration = Duration::from_secs(1);

/// The options of a server.
#[derive(Clone, Debug, Default)]
pub struct ServeOptions {
    /// True if pending migrations are applied; otherwise they stop the start. Default `false`. In development they are
    /// applied in any case, and a missing database is created.
    pub migrate: bool,
    /// The jobs that the process runs. Default: as `jobs.run` says.
    pub jobs: RunJobs,
}

/// The jobs that a process runs.
///
/// ```
/// use fw::boot::{RunJobs, ServeOptions};
///
/// // As `start --worker --queues mail` does.
/// let mail = RunJobs::Only { queues: vec!["mail".to_owned()] };
/// let options = ServeOptions { jobs: mail, ..ServeOptions::default() };
/// assert!(!options.migrate);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RunJobs {
    /// Those of all queues if `jobs.run` is true, otherwise none.
    #[default]
    AsConfigured,
    /// None.
    Never,
    /// Those of some queues, or of all, in a process that does nothing else: it serves no requests.
    Only {
        /// The queues; of all queues if there is none.
        queues: Vec<String>,
    },
}

/// Boots an application and serves it until `stop` is cancelled, then shuts down gracefully: steps 3 to 10.
pub(crate) fn serve(
    app: Application,
    config: Config,
    options: ServeOptions,
    stop: CancellationToken,
) -> BoxFuture<'static, Result<()>> {
    Box::pin(async move {
        // The port first: a second start by mistake must not migrate anything.
        let listeners = match options.jobs {
            RunJobs::Only { .. } => None,
            _ => Some(server::bind(&config.server).await?),
        };
        let development = config.environment.is_development();
        let created = if development {
            db::create(&config.database).await?
        } else {
            options.migrate && db::create_file(&config.database).await?
        };
        if created {
            tracing::info!("database created");
        }
        // After the boot everything that was started is shut down gracefully, also if a later step fails.
        let booted = steps::boot(app, config, true, stop).await?;
        let options = ServeOptions {
            migrate: options.migrate || development,
            ..options
        };
        let drain_end = OnceLock::new();
        let served = run(app, &booted, listeners, &options, &drain_end).await;
        booted.shutdown(remaining(&drain_end)).await;
        served?;
        tracing::info!("stopped");
        Ok(())
    })
}

/// The time for the cleanup: what the drain time leaves, and at least [`CLEANUP`].
fn remaining(drain_end: &OnceLock<Instant>) -> Duration {
    let end = drain_end.get().copied().unwrap_or_else(Instant::now);
    end.saturating_duration_since(Instant::now()).max(CLEANUP)
}

/// Runs the server, or without listeners only jobs: steps 6 to 9. Sets `drain_end` once the drain time has begun.
async fn run(
    app: Application,
    booted: &Booted,
    listeners: Option<Listeners>,
    options: &ServeOptions,
    drain_end: &OnceLock<Instant>,
) -> Result<()> {
    let ctx = &booted.ctx;
    // A schedule that cannot be run must not migrate anything.
    let jobs = app.jobs()?;
    let schedule = app.schedule(&jobs)?;
    ctx.queue.connect(ctx.config.database.connect_wait).await?;
    steps::migrate(app, ctx, options.migrate).await?;
    let engine = engine(ctx, jobs, &options.jobs)?;
    let server = &ctx.config.server;
    let draining = ctx.draining();
    let drain_timeout = async {
        draining.cancelled().await;
        let time = server.shutdown_delay + server.drain_timeout;
        let end = *drain_end.get_or_init(|| Instant::now() + time);
        sleep_until(end + CUT_OFF).await;
    };
    let all_finished = if let Some(listeners) = listeners {
        let service = steps::service(app, ctx).await?;
        let jobs = run_jobs(ctx, engine, schedule);
        (app.before_serve)(ctx).await?;
        tracing::info!(
            environment = %ctx.environment(),
            version = app.version,
            "{} listens on {listeners}",
            app.name
        );
        warn_of_development(ctx);
        server::tell_supervisor();
        let serving = server::serve(listeners, service, server, draining.clone());
        let all = async {
            let (all_finished, (), ()) = tokio::join!(serving, booted.run(), jobs);
            all_finished
        };
        within(drain_timeout, ctx.queue.relaying(all)).await
    } else {
        let jobs = run_jobs(ctx, engine, schedule);
        tracing::info!(
            environment = %ctx.environment(),
            version = app.version,
            "{} runs jobs",
            app.name
        );
        server::tell_supervisor();
        let jobs = async {
            jobs.await;
            true
        };
        within(drain_timeout, ctx.queue.relaying(jobs)).await
    };
    warn_of_lost_jobs(ctx).await;
    match timeout(remaining(drain_end), (app.on_shutdown)(ctx)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(error = error.chain(), "on_shutdown failed"),
        Err(_) => tracing::error!("on_shutdown cut off: the drain time is over"),
    }
    if all_finished {
        Ok(())
    } else {
        let limit = server.drain_timeout;
        Err(ServerError::CutOff { limit }.into())
    }
}

/// Waits for `work`, which returns whether everything has finished, until the drain time is over.
async fn within(drain_timeout: impl Future<Output = ()>, work: impl Future<Output = bool>) -> bool {
    tokio::select! {
        all_finished = work => all_finished,
        () = drain_timeout => {
            tracing::warn!("background work cut off: the drain time is over");
            false
        }
    }
}

/// The engine of the jobs that this process runs, if it runs any.
///
/// Fails if a queue does not exist.
fn engine(ctx: &AppContext, jobs: Jobs, run: &RunJobs) -> Result<Option<Engine>> {
    let (config, queue) = (Arc::clone(&ctx.config), ctx.queue.clone());
    let engine = Engine::new(ctx.clone(), jobs)
        .with_heartbeats_apart(move || queue.store_of_heartbeats(&config));
    Ok(match run {
        RunJobs::AsConfigured => ctx.config.jobs.run.then_some(engine),
        RunJobs::Never => None,
        RunJobs::Only { queues } if queues.is_empty() => Some(engine),
        RunJobs::Only { queues } => Some(engine.only(queues)?),
    })
}

/// Runs jobs and the schedule until the process drains; then waits for the running jobs, and hands back those that are too slow. A
/// process that runs no jobs has no schedule either.
///
/// Boxed, as the future is large and would be copied into each future around it.
fn run_jobs(ctx: &AppContext, engine: Option<Engine>, schedule: Vec<Planned>) -> BoxFuture<'_, ()> {
    match engine {
        Some(engine) => Box::pin(async move {
            tokio::join!(run_engine(ctx, engine), scheduler::run(ctx, schedule));
        }),
        None => Box::pin(async {}),
    }
}

async fn run_engine(ctx: &AppContext, engine: Engine) {
    let config = &ctx.config;
    let limit = config.jobs.hand_back_after.min(config.server.drain_timeout);
    let draining = ctx.draining();
    let hand_back = CancellationToken::new();
    let is_over = async {
        draining.cancelled().await;
        sleep(config.server.shutdown_delay + limit).await;
        hand_back.cancel();
        pending::<()>().await;
    };
    tokio::select! {
        () = engine.run(draining.clone(), hand_back.clone()) => {}
        () = is_over => {}
        () = ctx.queue.watch_others(config) => {}
    }
}

/// Warns of a build for production that serves as on the machine of a developer.
fn warn_of_development(ctx: &AppContext) {
    if !cfg!(debug_assertions) && ctx.environment().is_development() {
        tracing::warn!(
            "this optimized build serves in the environment `development`, whose keys anybody can make\nhint: set `FW_ENV=production` where others can reach it"
        );
    }
}

/// Warns of jobs that end with the process.
async fn warn_of_lost_jobs(ctx: &AppContext) {
    if ctx.config.jobs.store != JobStore::Memory {
        return;
    }
    if let Ok(stats) = ctx.queue.store().stats(&[]).await {
        let waiting = [
            State::Blocked,
            State::Scheduled,
            State::Ready,
            State::Running,
        ];
        let lost: u64 = waiting.map(|state| stats.count(state)).iter().sum();
        if lost > 0 {
            tracing::warn!(lost, "jobs are lost: their store is in memory");
        }
    }
}
