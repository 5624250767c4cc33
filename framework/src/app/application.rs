//! [`Hooks`] as the framework itself uses them.

use futures_util::future::BoxFuture;
use sea_orm_migration::MigrationTrait;

use super::{Hooks, Initializer};
use crate::{
    config::{Config, ConfigError},
    context::AppContext,
    controller::Routes,
    error::Result,
    jobs::Jobs,
    middleware::Stack,
    scheduler::Schedule,
    task::Tasks,
};

/// The hooks of an application as a value.
///
/// What boots, serves and runs commands takes this, not a type parameter, so it is compiled once, with the framework. With a
/// parameter all of it, down to the connections of the server, would be compiled again with each binary and each test of an
/// application.
#[derive(Clone, Copy)]
pub(crate) struct Application {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) routes: fn() -> Routes,
    pub(crate) migrations: fn() -> Vec<Box<dyn MigrationTrait>>,
    pub(crate) initializers: fn() -> Vec<Box<dyn Initializer>>,
    pub(crate) tasks: fn() -> Tasks,
    pub(crate) jobs: fn() -> Jobs,
    pub(crate) schedule: fn() -> Schedule,
    pub(crate) middleware: fn(Stack) -> Stack,
    /// Reads `[app]`.
    pub(crate) settings: fn(&Config) -> Result<AddSettings, ConfigError>,
    pub(crate) before_boot: fn(&mut Config) -> BoxFuture<'_, Result<()>>,
    pub(crate) after_context: fn(AppContext) -> BoxFuture<'static, Result<AppContext>>,
    pub(crate) before_serve: fn(&AppContext) -> BoxFuture<'_, Result<()>>,
    pub(crate) on_shutdown: fn(&AppContext) -> BoxFuture<'_, Result<()>>,
    pub(crate) seed: fn(&AppContext) -> BoxFuture<'_, Result<()>>,
}

/// Adds the application's settings to the context.
type AddSettings = Box<dyn FnOnce(AppContext) -> AppContext + Send>;

impl Application {
    pub(crate) fn of<H: Hooks>() -> Self {
        Self {
            name: H::name(),
            version: H::version(),
            routes: H::routes,
            migrations: H::migrations,
            initializers: H::initializers,
            tasks: H::tasks,
            jobs: H::jobs,
            schedule: H::schedule,
            middleware: H::middleware,
            settings: |config| {
                let settings = config.settings::<H::Settings>()?;
                Ok(Box::new(|ctx| ctx.with(settings)))
            },
            before_boot: |config| Box::pin(H::before_boot(config)),
            after_context: |ctx| Box::pin(H::after_context(ctx)),
            before_serve: |ctx| Box::pin(H::before_serve(ctx)),
            on_shutdown: |ctx| Box::pin(H::on_shutdown(ctx)),
            seed: |ctx| Box::pin(H::seed(ctx)),
        }
    }
}
