//! The part of the framework's inside that the crate `framewright-testing` needs: an application that is booted for one test.
//!
//! No part of the public interface: it may change with every version, so that crate asks for exactly its own version of this one.
//! The crates are two because Cargo compiles a crate anew for each set of its features: as a feature of the development
//! dependency, the test kit would have the whole framework compiled a second time.
//!
//! Everything asynchronous is boxed, so that it is compiled here and not once more in that crate.

use std::path::Path;

use axum::{extract::Request, response::Response};
use futures_util::future::BoxFuture;

use crate::{
    app::{self, Hooks},
    boot::{Booted, steps},
    config::Config,
    context::{AppContext, CancellationToken},
    env::Environment,
    error::Result,
    jobs::Jobs,
    middleware::AppService,
    migration::Migrator,
};

/// An application to be tested: its hooks as a value, so that no code which takes it is compiled with each test binary.
#[derive(Clone, Copy)]
pub struct Application(app::Application);

impl Application {
    /// The application with these hooks.
    pub fn of<H: Hooks>() -> Self {
        Self(app::Application::of::<H>())
    }

    /// The name of the application.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The list of the migrations of the framework and of the application.
    pub fn migrator(self) -> Migrator {
        self.0.migrator()
    }

    /// The jobs of the application.
    ///
    /// # Errors
    ///
    /// Fails if two of them have the same name.
    pub fn jobs(self) -> Result<Jobs> {
        self.0.jobs()
    }

    /// Loads the configuration of the environment `test` in the current folder, with the changes of `before_boot`.
    pub fn load(self) -> BoxFuture<'static, Result<Config>> {
        steps::load(self.0, Path::new("."), Some(Environment::Test))
    }

    /// The faults of its pages, none without the feature `views`.
    ///
    /// # Errors
    ///
    /// Fails if the templates cannot be read.
    pub fn faults_of_views(self, ctx: &AppContext) -> Result<Vec<String>> {
        faults_of_views(self.0, ctx)
    }

    /// Boots the application as far as a server that is about to accept requests, `before_serve` included. The log is not
    /// started, and the migrations must have been applied.
    pub fn boot(self, config: Config) -> BoxFuture<'static, Result<(Booted, Service)>> {
        let Self(app) = self;
        Box::pin(async move {
            let booted = steps::boot(app, config, false, CancellationToken::new()).await?;
            app.schedule(&app.jobs()?)?;
            let service = Service(steps::service(app, &booted.ctx)?);
            (app.before_serve)(&booted.ctx).await?;
            Ok((booted, service))
        })
    }
}

/// The faults of the pages of an application: each is rendered with sample data in every branch and every locale.
///
/// # Errors
///
/// Fails if the templates cannot be read.
#[cfg(feature = "views")]
fn faults_of_views(app: app::Application, ctx: &AppContext) -> Result<Vec<String>> {
    let Some(engine) = ctx.get::<crate::view::Engine>() else {
        return Ok(Vec::new());
    };
    let faults = engine.probe(&app.routes(&ctx.config).pages())?;
    Ok(faults.iter().map(ToString::to_string).collect())
}

#[cfg(not(feature = "views"))]
#[expect(clippy::unnecessary_wraps, reason = "with pages it can fail")]
fn faults_of_views(_: app::Application, _: &AppContext) -> Result<Vec<String>> {
    Ok(Vec::new())
}

/// The service of a booted application: its routes with the middleware stack around them.
#[derive(Clone)]
pub struct Service(AppService);

impl Service {
    /// Handles a request as a server would, but without the address of a client.
    pub fn handle(&self, request: Request) -> BoxFuture<'static, Response> {
        Box::pin(self.0.handle(request))
    }
}
