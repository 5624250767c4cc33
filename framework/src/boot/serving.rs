//! The serving of an application, from its configuration to its shutdown.

use std::{sync::OnceLock, time::Duration};

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep_until, timeout};

use super::{Booted, steps};
use crate::{
    app::Application,
    config::Config,
    context::CancellationToken,
    db,
    error::Result,
    jobs::{self, Jobs},
    scheduler::{self, Schedule},
    server::{self, Listeners, ServerError},
    task::Tasks,
};

/// The time for the server to close its own connections after the drain timeout, before everything else is cancelled as well.
const CUT_OFF: Duration = Duration::from_millis(250);

/// The time for `on_shutdown`, the initializers' `shutdown` and the database, if the drain time leaves them less.
const CLEANUP: Duration = Duration::from_secs(1);

/// The options of a server.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServeOptions {
    /// True if pending migrations are applied; otherwise they stop the start. Default `false`. In development they are
    /// applied in any case, and a missing database is created.
    pub migrate: bool,
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
        let listeners = server::bind(&config.server).await?;
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
        let migrate = options.migrate || development;
        let drain_end = OnceLock::new();
        let served = run(app, &booted, listeners, migrate, &drain_end).await;
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

/// Runs the server: steps 6 to 9. Sets `drain_end` once the drain time has begun.
async fn run(
    app: Application,
    booted: &Booted,
    listeners: Listeners,
    migrate: bool,
    drain_end: &OnceLock<Instant>,
) -> Result<()> {
    let ctx = &booted.ctx;
    steps::migrate(app, ctx, migrate).await?;
    let service = steps::service(app, ctx)?;
    let background = Background::new(app)?;
    (app.before_serve)(ctx).await?;
    tracing::info!(
        environment = %ctx.environment(),
        version = app.version,
        "{} listens on {listeners}",
        app.name
    );
    let server = &ctx.config.server;
    let draining = ctx.draining();
    let drain_timeout = async {
        draining.cancelled().await;
        let time = server.shutdown_delay + server.drain_timeout;
        let end = *drain_end.get_or_init(|| Instant::now() + time);
        sleep_until(end + CUT_OFF).await;
    };
    let serving = server::serve(listeners, service, server, draining.clone());
    let all_finished = tokio::select! {
        all_finished = background.run_beside(booted, serving) => all_finished,
        () = drain_timeout => {
            tracing::warn!("background work cut off: the drain time is over");
            false
        }
    };
    if !ctx.queue.is_empty() {
        tracing::warn!(
            lost = ctx.queue.len(),
            "jobs are lost: the queue is in memory"
        );
    }
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

/// The background work of a server: jobs and scheduled tasks.
struct Background {
    jobs: Jobs,
    schedule: Schedule,
    tasks: Tasks,
}

impl Background {
    fn new(app: Application) -> Result<Self> {
        let tasks = app.tasks()?;
        Ok(Self {
            jobs: app.jobs()?,
            schedule: app.schedule(&tasks)?,
            tasks,
        })
    }

    /// Runs the background work beside the server. Requests, tasks and initializers may enqueue jobs to the very end, so the
    /// workers stop last. Returns what `serving` returns.
    async fn run_beside(self, booted: &Booted, serving: impl Future<Output = bool>) -> bool {
        let ctx = &booted.ctx;
        let sources_ended = CancellationToken::new();
        let sources = async {
            let (all_finished, (), ()) = tokio::join!(
                serving,
                scheduler::run(ctx.clone(), self.schedule, self.tasks),
                booted.run(),
            );
            sources_ended.cancel();
            all_finished
        };
        let workers = ctx.config.jobs.workers;
        let (all_finished, ()) = tokio::join!(
            sources,
            jobs::work(ctx.clone(), self.jobs, workers, sources_ended.clone())
        );
        all_finished
    }
}
