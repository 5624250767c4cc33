//! The serving of an application, from its configuration to its shutdown.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::{net::TcpListener, time::sleep};

use super::{Booted, steps};
use crate::{
    app::Application,
    config::Config,
    context::CancellationToken,
    db,
    error::Result,
    jobs::{self, Jobs},
    scheduler::{self, Schedule},
    server,
    task::Tasks,
};

/// The time for the server to close its own connections after the drain timeout, before everything else is cancelled as well.
const CUT_OFF: Duration = Duration::from_millis(250);

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
        let listener = server::bind(&config.server).await?;
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
        let served = run(app, &booted, listener, options.migrate || development).await;
        booted.shutdown().await;
        served?;
        tracing::info!("stopped");
        Ok(())
    })
}

/// Runs the server: steps 6 to 9.
async fn run(
    app: Application,
    booted: &Booted,
    listener: TcpListener,
    migrate: bool,
) -> Result<()> {
    let ctx = &booted.ctx;
    steps::migrate(app, ctx, migrate).await?;
    let service = steps::service(app, ctx)?;
    let background = Background::new(app)?;
    (app.before_serve)(ctx).await?;
    let address = listener.local_addr()?;
    tracing::info!(
        environment = %ctx.environment(),
        version = app.version,
        "{} listens on http://{address}",
        app.name
    );
    let server = &ctx.config.server;
    let draining = ctx.draining();
    let serving = server::serve(listener, service, server, draining.clone());
    let drain_timeout = async {
        draining.cancelled().await;
        sleep(server.drain_timeout + CUT_OFF).await;
    };
    tokio::select! {
        () = background.run_beside(booted, serving) => {}
        () = drain_timeout => tracing::warn!("background work cut off: the drain time is over"),
    }
    if !ctx.queue.is_empty() {
        tracing::warn!(
            lost = ctx.queue.len(),
            "jobs are lost: the queue is in memory"
        );
    }
    if let Err(error) = (app.on_shutdown)(ctx).await {
        tracing::error!(error = error.chain(), "on_shutdown failed");
    }
    Ok(())
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
    /// workers stop last.
    async fn run_beside(self, booted: &Booted, serving: impl Future<Output = ()>) {
        let ctx = &booted.ctx;
        let sources_ended = CancellationToken::new();
        let sources = async {
            tokio::join!(
                serving,
                scheduler::run(ctx.clone(), self.schedule, self.tasks),
                booted.run(),
            );
            sources_ended.cancel();
        };
        let workers = ctx.config.jobs.workers;
        tokio::join!(
            sources,
            jobs::work(ctx.clone(), self.jobs, workers, sources_ended.clone())
        );
    }
}
