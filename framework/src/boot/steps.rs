//! The steps from a configuration to a service.
//!
//! What generic functions call has its future boxed: without a box it would be compiled with whoever awaits it.

use std::{path::Path, time::Duration};

use axum::Router;
use futures_util::future::BoxFuture;
use http::{Method, Uri};
use sea_orm::DatabaseConnection;
use tokio::time::timeout;

use crate::{
    app::{Application, Initializer},
    config::{Config, Loader},
    context::{AppContext, AppInfo},
    controller::elsewhere,
    db::Db,
    env::Environment,
    error::{Error, Result},
    middleware::{AppService, Stack},
    migration, server,
    task::Tasks,
};

/// How long the end waits for connections that are still in use.
const CLOSE: Duration = Duration::from_secs(5);

/// An application that is ready to run a task or to serve.
pub struct Booted {
    /// Its handles.
    pub ctx: AppContext,
    initializers: Vec<Box<dyn Initializer>>,
}

impl Booted {
    /// Ends what the initializers have started, the last one first, and closes the database.
    pub async fn shutdown(self) {
        for initializer in self.initializers.iter().rev() {
            if let Err(error) = initializer.shutdown(&self.ctx).await {
                tracing::error!(
                    initializer = initializer.name(),
                    error = error.chain(),
                    "shutdown failed"
                );
            }
        }
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
    Box::pin(async move {
        let mut loader = Loader::new(root);
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

/// Steps 3 and 4 but for the log: the handles. With `connect` the database must answer; otherwise it is opened when it is
/// first used.
async fn context(app: Application, config: Config, connect: bool) -> Result<AppContext> {
    let add_settings = (app.settings)(&config)?;
    let db = if connect {
        Db::connect(&config.database).await?
    } else {
        Db::lazy(&config.database)?
    };
    let info = AppInfo {
        name: app.name,
        version: app.version,
        migrations: migration::names(&(app.migrations)()).into(),
    };
    (app.after_context)(add_settings(AppContext::new(info, config, db))).await
}

/// Steps 3 to 5.
pub(crate) fn boot(
    app: Application,
    config: Config,
    connect: bool,
) -> BoxFuture<'static, Result<Booted>> {
    Box::pin(async move {
        let mut booted = Booted {
            ctx: context(app, config, connect).await?,
            initializers: Vec::new(),
        };
        for initializer in (app.initializers)() {
            if let Err(error) = initializer.start(&booted.ctx).await {
                let failure = Error::internal(format!(
                    "initializer `{}`: {}",
                    initializer.name(),
                    error.chain()
                ));
                booted.shutdown().await;
                return Err(failure);
            }
            booted.initializers.push(initializer);
        }
        Ok(booted)
    })
}

/// Step 6: applies pending migrations when `apply` says so, and refuses to go on with any that are left.
pub(super) async fn migrate(app: Application, ctx: &AppContext, apply: bool) -> Result<()> {
    let known = (app.migrations)();
    let names = migration::pending(&ctx.db, &known).await?;
    if names.is_empty() {
        return Ok(());
    }
    if !apply {
        return Err(migration::MigrationError::Pending { names }.into());
    }
    let up = async |connection: &DatabaseConnection| migration::up(connection, &known, None).await;
    if let Some(applied) = ctx.db.on_exclusive_connection(up).await? {
        return Ok(applied.map(drop)?);
    }
    let connection = Db::dedicated(&ctx.config.database)?;
    let applied = migration::up(&connection, &known, None).await;
    let _ = connection.close().await;
    Ok(applied.map(drop)?)
}

/// All tasks: the built-in ones and the application's.
pub(crate) fn tasks(app: Application) -> Result<Tasks> {
    let tasks = Tasks::builtin().merge((app.tasks)());
    tasks.check()?;
    Ok(tasks)
}

/// Step 7: the routes with the stack around them.
pub(crate) fn service(app: Application, ctx: &AppContext) -> Result<AppService> {
    let router = with_description(app, ctx)?
        .merge(server::health_routes())
        .fallback(async |method: Method, uri: Uri| elsewhere(&method, uri.path()))
        .with_state::<()>(ctx.clone());
    let stack = (app.middleware)(Stack::new());
    Ok(stack.around(router, &ctx.config.middleware, ctx.environment()))
}

/// The routes, and those of their description.
fn with_description(app: Application, ctx: &AppContext) -> Result<Router<AppContext>> {
    let routes = (app.routes)();
    #[cfg(feature = "openapi")]
    if ctx.config.openapi.enabled {
        use server::description;

        let config = &ctx.config.openapi;
        routes.reserve(&description::paths(config))?;
        let describe = move || (app.routes)().describe(app.name, app.version);
        return Ok(routes
            .into_router()?
            .merge(description::routes(app.name, config, describe)));
    }
    let _ = ctx;
    Ok(routes.into_router()?)
}
