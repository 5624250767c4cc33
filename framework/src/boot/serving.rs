//! From a configuration to a server and to its end.

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

/// What the server's own cut-off takes, before everything else is cut off as well.
const CUT_OFF: Duration = Duration::from_millis(250);

/// How to serve.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServeOptions {
    /// Whether pending migrations are applied; otherwise they stop the start. Default `false`. In development they are
    /// applied in any case, and the database is created when there is none.
    pub migrate: bool,
}

/// Steps 3 to 10: serves until `stop` is cancelled, and ends in good order.
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
        // Boot, then everything that can still fail; whatever was started is ended in good order.
        let booted = steps::boot(app, config, true, stop).await?;
        let served = run(app, &booted, listener, options.migrate || development).await;
        booted.shutdown().await;
        served?;
        tracing::info!("stopped");
        Ok(())
    })
}

/// Steps 6 to 9.
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
    let too_late = async {
        draining.cancelled().await;
        sleep(server.drain_timeout + CUT_OFF).await;
    };
    tokio::select! {
        () = background.beside(booted, serving) => {}
        () = too_late => tracing::warn!("background work cut off: the drain time is over"),
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

/// Jobs and scheduled tasks.
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

    /// Works while `serving` serves. Requests, tasks and initializers may enqueue jobs to the very end, so the workers stop
    /// last.
    async fn beside(self, booted: &Booted, serving: impl Future<Output = ()>) {
        let ctx = &booted.ctx;
        let all_came = CancellationToken::new();
        let sources = async {
            tokio::join!(
                serving,
                scheduler::keep(ctx.clone(), self.schedule, self.tasks),
                booted.run(),
            );
            all_came.cancel();
        };
        let workers = ctx.config.jobs.workers;
        tokio::join!(
            sources,
            jobs::work(ctx.clone(), self.jobs, workers, all_came.clone())
        );
    }
}
