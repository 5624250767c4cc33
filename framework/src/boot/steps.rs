//! The steps from a configuration to a service.
//!
//! What generic functions call has its future boxed: without a box it would be compiled with whoever awaits it.

use std::{path::Path, time::Duration};

use axum::Router;
use futures_util::future::BoxFuture;
use http::{Method, Uri};
use sea_orm::DatabaseConnection;
use tokio::time::timeout;

use super::initializers::Started;
use crate::{
    app::Application,
    config::{Config, Loader},
    context::{AppContext, CancellationToken, ContextBuilder},
    controller::fallback,
    db::Db,
    env::Environment,
    error::Result,
    middleware::{AppService, Stack},
    migration,
    room::Page,
    server,
};

/// How long the end waits for connections that are still in use.
const CLOSE: Duration = Duration::from_secs(5);

/// An application that is ready to run a task or to serve.
pub struct Booted {
    /// Its handles.
    pub ctx: AppContext,
    initializers: Started,
}

impl Booted {
    /// Lets the initializers work beside a server, until the last of them has come to its end.
    pub(super) async fn run(&self) {
        self.initializers.run(&self.ctx).await;
    }

    /// Ends what the initializers have started, the last one first, and closes the database.
    pub async fn shutdown(self) {
        self.initializers.shutdown(&self.ctx).await;
        // Whoever still holds a connection had the drain time to give it back.
        if timeout(CLOSE, self.ctx.db.close()).await.is_err() {
            tracing::warn!(limit = ?CLOSE, "the database is still in use and is left open");
        }
    }
}

/// Steps 1 and 2: the configuration of an environment (`None`: that of `FW_ENV`), with the changes of `before_boot`.
pub(crate) fn load(
    app: Application,
    root: &Path,
    environment: Option<Environment>,
) -> BoxFuture<'_, Result<Config>> {
    load_with(app, Loader::new(root), environment)
}

/// As [`load`], where `database.url` may be missing: nobody must connect to the database.
pub(crate) fn load_without_database(
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
        // A mistake in `[app]` stops every command at once, not when the settings are first used.
        drop((app.settings)(&config)?);
        Ok(config)
    })
}

/// Begins the context, without the handles of rooms and of the application.
pub(crate) fn context(app: Application, config: Config, db: Db) -> ContextBuilder {
    AppContext::builder(app.name, config, db)
        .version(app.version)
        .migrations(app.migrator().names())
}

/// Steps 3 to 5 but for the log. With `connect` the database must answer; otherwise it is opened when it is first used.
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
        let ctx = context(app, config, db).draining(draining).build();
        let ctx = app.add_handles(add_settings(ctx)).await?;
        let mut booted = Booted {
            ctx,
            initializers: Started::default(),
        };
        for initializer in app.initializers(&booted.ctx.config) {
            let started = booted.initializers.start(initializer, &booted.ctx).await;
            if let Err(failure) = started {
                booted.shutdown().await;
                return Err(failure);
            }
        }
        Ok(booted)
    })
}

/// Step 6: applies pending migrations when `apply` says so, and refuses to go on with any that are left, or with tables whose values
/// are not kept in order.
pub(super) async fn migrate(app: Application, ctx: &AppContext, apply: bool) -> Result<()> {
    let migrator = app.migrator();
    let names = migrator.pending(&ctx.db).await?;
    let tables = if names.is_empty() {
        migration::untended(&ctx.db).await?
    } else {
        Vec::new()
    };
    if names.is_empty() && tables.is_empty() {
        return Ok(());
    }
    if !apply {
        use migration::MigrationError::{Pending, StoredForm};
        return Err(if names.is_empty() {
            StoredForm { tables }.into()
        } else {
            Pending { names }.into()
        });
    }
    let up = async |connection: &DatabaseConnection| migrator.up(connection, None).await;
    if let Some(applied) = ctx.db.on_exclusive_connection(up).await? {
        return Ok(applied.map(drop)?);
    }
    let connection = Db::dedicated(&ctx.config.database)?;
    let applied = migrator.up(&connection, None).await;
    let _ = connection.close().await;
    Ok(applied.map(drop)?)
}

/// Step 7: the routes with the stack around them.
pub(crate) fn service(app: Application, ctx: &AppContext) -> Result<AppService> {
    let router = router(app, ctx)?.with_state::<()>(ctx.clone());
    let stack = (app.middleware)(Stack::new());
    Ok(stack.around(router, &ctx.config.middleware, ctx.environment()))
}

/// Everything that is served: routes, pages of rooms, health.
///
/// Fails when two of them stand in each other's way.
pub(crate) fn router(app: Application, ctx: &AppContext) -> Result<Router<AppContext>> {
    let routes = app.routes(&ctx.config);
    let pages = app.pages(ctx);
    routes.reserve(pages.iter().map(|page| page.path.as_str()))?;
    let add = |router: Router<_>, page: Page| router.route(&page.path, page.methods);
    Ok(pages
        .into_iter()
        .fold(routes.into_router()?, add)
        .merge(server::health_routes(app.rooms))
        .fallback(async |method: Method, uri: Uri| fallback(&method, uri.path())))
}
