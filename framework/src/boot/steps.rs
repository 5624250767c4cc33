//! The steps of the boot, from a configuration to a service.
//!
//! Functions that generic ones call return boxed futures: without a box they would be compiled with each caller.

use std::{path::Path, time::Duration};

use axum::Router;
use futures_util::future::BoxFuture;
use http::{Method, Uri};
use tokio::time::{Instant, timeout_at};

use super::initializers::StartedInitializers;
use crate::{
    app::Application,
    config::{Config, Loader, duration},
    context::{AppContext, CancellationToken, ContextBuilder},
    controller::{Routes, fallback},
    db::Db,
    env::Environment,
    error::Result,
    middleware::{AppService, Stack},
    migration,
    queue::Queue,
    room::Page,
    server,
};

/// The time that the shutdown of a command waits for initializers and for database connections that are still in use.
pub(crate) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// A booted application, which is ready to run a task or to serve. See [the module](crate::boot) for an example.
pub struct Booted {
    /// The context with its handles.
    pub ctx: AppContext,
    initializers: StartedInitializers,
}

impl Booted {
    /// Runs the initializers beside a server, until the last of them has finished.
    pub(super) async fn run(&self) {
        self.initializers.run(&self.ctx).await;
    }

    /// Shuts the initializers down, the last one first, and closes the database, within `limit`.
    pub async fn shutdown(self, limit: Duration) {
        let end = Instant::now() + limit;
        let initializers = self.initializers.shutdown(&self.ctx);
        if timeout_at(end, initializers).await.is_err() {
            tracing::warn!(
                limit = duration::format(limit),
                "the initializers are still shutting down and are left"
            );
        }
        // Work that still holds a connection had the drain timeout to give it back.
        if timeout_at(end, self.ctx.db.close()).await.is_err() {
            let limit = duration::format(limit);
            tracing::warn!(limit, "the database is still in use and is left open");
        }
    }
}

/// Loads the configuration of an environment (`None`: that of `FW_ENV`), with the changes of `before_boot`: steps 1 and 2.
pub(crate) fn load(
    app: Application,
    root: &Path,
    environment: Option<Environment>,
) -> BoxFuture<'_, Result<Config>> {
    checked(app, load_with(app, Loader::new(root), environment))
}

/// Loads the configuration as [`load`] does, but the settings of the application, `[app]`, may be wrong: the caller must not use them.
pub(crate) fn load_without_settings(
    app: Application,
    root: &Path,
    environment: Option<Environment>,
) -> BoxFuture<'_, Result<Config>> {
    load_with(app, Loader::new(root), environment)
}

/// Loads the configuration as [`load_without_settings`] does, and `database.url` may be missing as well.
pub(crate) fn load_to_show(
    app: Application,
    root: &Path,
    environment: Option<Environment>,
) -> BoxFuture<'_, Result<Config>> {
    load_with(app, Loader::new(root).without_database(), environment)
}

fn load_with(
    app: Application,
    mut loader: Loader,
    environment: Option<Environment>,
) -> BoxFuture<'static, Result<Config>> {
    Box::pin(async move {
        if let Some(environment) = environment {
            loader = loader.environment(environment);
        }
        let mut config = loader.load()?;
        (app.before_boot)(&mut config).await?;
        Ok(config)
    })
}

/// Checks the settings of the application: a mistake in `[app]` stops a command at once, not when the settings are first used.
fn checked(
    app: Application,
    config: BoxFuture<'_, Result<Config>>,
) -> BoxFuture<'_, Result<Config>> {
    Box::pin(async move {
        let config = config.await?;
        drop((app.settings)(&config)?);
        Ok(config)
    })
}

/// A builder of the context, without the handles of rooms and of the application.
pub(crate) fn context(app: Application, config: Config, db: Db) -> ContextBuilder {
    AppContext::builder(app.name, config, db)
        .version(app.version)
        .migrations(app.migrator().names())
}

/// Boots an application without starting the log: steps 3 to 5. With `connect` the database must be reachable; otherwise it is
/// opened at its first use.
/// `draining` is cancelled when the process is asked to end.
pub(crate) fn boot(
    app: Application,
    config: Config,
    connect: bool,
    draining: CancellationToken,
) -> BoxFuture<'static, Result<Booted>> {
    Box::pin(async move {
        let add_settings = (app.settings)(&config)?;
        let db = if connect {
            Db::connect(&config.database).await?
        } else {
            Db::lazy(&config.database)?
        };
        let jobs = app.jobs()?;
        let queue = Queue::open(&config.jobs, app.name, &db, &jobs.names())?;
        jobs.check_queues(queue.queues())?;
        queue.check_limits()?;
        let context = context(app, config, db).queue(queue).draining(draining);
        // Scheduled tasks are run by a job, which finds them there.
        let ctx = context.build().with(app.tasks()?);
        let ctx = app.add_handles(add_settings(ctx)).await?;
        let mut booted = Booted {
            ctx,
            initializers: StartedInitializers::default(),
        };
        for initializer in app.initializers(&booted.ctx.config) {
            let started = booted.initializers.start(initializer, &booted.ctx).await;
            if let Err(failure) = started {
                booted.shutdown(SHUTDOWN_TIMEOUT).await;
                return Err(failure);
            }
        }
        Ok(booted)
    })
}

/// Applies pending migrations if `apply` is true, and otherwise fails if there are any, or if tables lack the triggers of stored
/// forms: step 6.
pub(super) async fn migrate(app: Application, ctx: &AppContext, apply: bool) -> Result<()> {
    use migration::MigrationError::{FloatDecimals, Pending, StoredForm};

    let migrator = app.migrator().with(&ctx.config.database);
    let names = migrator.pending(&ctx.db).await?;
    if !apply && !names.is_empty() {
        return Err(Pending { names }.into());
    }
    let mut faults = migration::stored_form_faults(&ctx.db).await?;
    if apply && !(names.is_empty() && faults.without_triggers.is_empty()) {
        let (config, draining) = (&ctx.config.database, ctx.draining());
        migration::apply(&migrator, &ctx.db, config, draining.cancelled()).await?;
        faults = migration::stored_form_faults(&ctx.db).await?;
    }
    let (tables, columns) = (faults.without_triggers, faults.float_decimals);
    if !tables.is_empty() {
        return Err(StoredForm { tables }.into());
    }
    if !columns.is_empty() {
        return Err(FloatDecimals { columns }.into());
    }
    Ok(())
}

/// The service: the routes with the middleware stack around them (step 7).
pub(crate) async fn service(app: Application, ctx: &AppContext) -> Result<AppService> {
    let all = app.all_routes(&ctx.config);
    for (switch, route) in all.switched(|switch, _| !(switch.is_on)(&ctx.config)) {
        tracing::info!(
            path = route.path,
            "{} is not served: `{} = true` switches it on",
            switch.name,
            switch.setting
        );
    }
    let served = all.configured(&ctx.config);
    for room in app.rooms {
        (room.before_serve)(ctx, &served).await?;
    }
    let router = router(app, ctx, served)?.with_state::<()>(ctx.clone());
    let stack = (app.middleware)(Stack::new());
    Ok(stack.around(router, ctx))
}

/// The router of everything that is served: these routes, pages of rooms, health.
///
/// Fails if two of them conflict.
pub(crate) fn router(
    app: Application,
    ctx: &AppContext,
    routes: Routes,
) -> Result<Router<AppContext>> {
    let pages = app.pages(ctx);
    routes.reserve(pages.iter().map(|page| page.path.as_str()))?;
    let add = |router: Router<_>, page: Page| router.route(&page.path, page.methods);
    Ok(pages
        .into_iter()
        .fold(routes.into_router()?, add)
        .merge(server::health_routes(app.rooms))
        .fallback(async |method: Method, uri: Uri| fallback(&method, uri.path())))
}
