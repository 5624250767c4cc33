//! The steps from a configuration to a service.

use std::{path::Path, time::Duration};

use axum::Router;
use http::{Method, Uri};
use sea_orm::DatabaseConnection;
use tokio::time::timeout;

use crate::{
    app::{Hooks, Initializer},
    config::{Config, Loader},
    context::{AppContext, AppInfo},
    controller::{Routes, elsewhere},
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
pub async fn load<H: Hooks>(root: &Path, environment: Option<Environment>) -> Result<Config> {
    let mut loader = Loader::new(root);
    if let Some(environment) = environment {
        loader = loader.environment(environment);
    }
    let mut config = loader.load()?;
    H::before_boot(&mut config).await?;
    // A mistake in `[app]` stops every command at once, not when the settings are first used.
    config.settings::<H::Settings>()?;
    Ok(config)
}

/// Steps 3 and 4 but for the log: the handles. With `connect` the database must answer; otherwise it is opened when it is
/// first used.
pub async fn context<H: Hooks>(config: Config, connect: bool) -> Result<AppContext> {
    let settings = config.settings::<H::Settings>()?;
    let db = if connect {
        Db::connect(&config.database).await?
    } else {
        Db::lazy(&config.database)?
    };
    let app = AppInfo {
        name: H::name(),
        version: H::version(),
        migrations: migration::names(&H::migrations()).into(),
    };
    H::after_context(AppContext::new(app, config, db).with(settings)).await
}

/// Steps 3 to 5.
pub async fn boot<H: Hooks>(config: Config, connect: bool) -> Result<Booted> {
    let mut booted = Booted {
        ctx: context::<H>(config, connect).await?,
        initializers: Vec::new(),
    };
    for initializer in H::initializers() {
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
}

/// Step 6: applies pending migrations when `apply` says so, and refuses to go on with any that are left.
pub async fn migrate<H: Hooks>(ctx: &AppContext, apply: bool) -> Result<()> {
    let known = H::migrations();
    let names = migration::pending(&ctx.db, &known).await?;
    if names.is_empty() {
        return Ok(());
    }
    if !apply {
        return Err(migration::MigrationError::Pending { names }.into());
    }
    let up = async |connection: &DatabaseConnection| migration::up(connection, &known, None).await;
    if let Some(applied) = ctx.db.on_sole_connection(up).await? {
        return Ok(applied.map(drop)?);
    }
    let connection = Db::dedicated(&ctx.config.database)?;
    let applied = migration::up(&connection, &known, None).await;
    let _ = connection.close().await;
    Ok(applied.map(drop)?)
}

/// All tasks: the built-in ones and the application's.
pub fn tasks<H: Hooks>() -> Result<Tasks> {
    let tasks = Tasks::builtin().merge(H::tasks());
    tasks.check()?;
    Ok(tasks)
}

/// Step 7: the routes with the stack around them.
pub(crate) fn service<H: Hooks>(ctx: &AppContext) -> Result<AppService> {
    let router = with_description::<H>(H::routes(), ctx)?
        .merge(server::health_routes())
        .fallback(async |method: Method, uri: Uri| elsewhere(&method, uri.path()))
        .with_state::<()>(ctx.clone());
    Ok(around::<H>(router, ctx))
}

/// The routes, and those of their description.
fn with_description<H: Hooks>(routes: Routes, ctx: &AppContext) -> Result<Router<AppContext>> {
    #[cfg(feature = "openapi")]
    if ctx.config.openapi.enabled {
        use server::description;

        let config = &ctx.config.openapi;
        routes.reserve(&description::paths(config))?;
        let describe = || H::routes().describe(H::name(), H::version());
        return Ok(routes
            .into_router()?
            .merge(description::routes(H::name(), config, describe)));
    }
    let _ = ctx;
    Ok(routes.into_router()?)
}

fn around<H: Hooks>(router: Router, ctx: &AppContext) -> AppService {
    H::middleware(Stack::new()).around(router, &ctx.config.middleware, ctx.environment())
}
