//! From a configuration to a server and to its end.

use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::sleep;

use super::steps;
use crate::{
    app::Hooks,
    config::Config,
    context::AppContext,
    db,
    error::{Error, Result},
    jobs, scheduler,
    server::{self, Shutdown},
};

/// How to serve.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServeOptions {
    /// Whether pending migrations are applied; otherwise they stop the start. Default `false`. In development they are
    /// applied in any case, and the database is created when there is none.
    pub migrate: bool,
}

/// Steps 3 to 10: serves until `stop` is done, and ends in good order.
pub async fn serve<H: Hooks>(
    config: Config,
    options: ServeOptions,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let shutdown = Shutdown::when(stop);
    let server = config.server.clone();
    // The port first: a second start by mistake must not migrate anything.
    let listener = server::bind(&server).await?;
    let development = config.environment.is_development();
    let created = if development {
        db::create(&config.database).await?
    } else {
        options.migrate && db::create_file(&config.database).await?
    };
    if created {
        tracing::info!("database created");
    }
    let starting = async {
        let booted = steps::boot::<H>(config, true).await?;
        steps::migrate::<H>(&booted.ctx, development || options.migrate).await?;
        let service = steps::service::<H>(&booted.ctx)?;
        let background =
            background::<H>(booted.ctx.clone(), shutdown.clone(), server.drain_timeout)?;
        H::before_serve(&booted.ctx).await?;
        Ok::<_, Error>((booted, service, background))
    };
    let mut asked = shutdown.clone();
    let (booted, service, background) = tokio::select! {
        started = starting => started?,
        () = asked.requested() => return Ok(()),
    };
    let address = listener.local_addr()?;
    tracing::info!(
        environment = %booted.ctx.environment(),
        version = H::version(),
        "{} listens on http://{address}",
        H::name()
    );
    let serving = server::serve(listener, service, &server, shutdown, || booted.ctx.drain());
    tokio::join!(serving, background);
    if let Err(error) = H::on_shutdown(&booted.ctx).await {
        tracing::error!(error = error.chain(), "on_shutdown failed");
    }
    booted.shutdown().await;
    tracing::info!("stopped");
    Ok(())
}

/// Jobs and scheduled tasks, from now until the shutdown; what still runs `limit` after that is dropped.
fn background<H: Hooks>(
    ctx: AppContext,
    mut shutdown: Shutdown,
    limit: Duration,
) -> Result<impl Future<Output = ()> + use<H>> {
    let (jobs, schedule, tasks) = (H::jobs(), H::schedule(), steps::tasks::<H>()?);
    jobs.check()?;
    schedule.check(&tasks)?;
    let stop = async move { shutdown.requested().await }.boxed().shared();
    Ok(async move {
        let workers = ctx.config.jobs.workers;
        let work = async {
            tokio::join!(
                jobs::work(ctx.clone(), jobs, workers, stop.clone()),
                scheduler::keep(ctx.clone(), schedule, tasks, stop.clone()),
            )
        };
        let too_late = async {
            stop.clone().await;
            sleep(limit).await;
        };
        tokio::select! {
            _ = work => {}
            () = too_late => tracing::warn!(?limit, "background work cut off: the drain time is over"),
        }
    })
}
