//! An application under test, without a socket.

use std::path::Path;

use futures_util::future::BoxFuture;
use http::Method;

use super::{TestRequest, database::TestDatabase};
use crate::{
    app::{Application, Hooks},
    boot::{Booted, steps},
    context::{AppContext, CancellationToken},
    env::Environment,
    error::Result,
    jobs::Jobs,
    middleware::AppService,
};

/// An application that is booted for one test.
pub struct TestApp {
    /// The application context; `ctx.db` is a database of this test's own.
    pub ctx: AppContext,
    pub(super) service: AppService,
    pub(super) jobs: Jobs,
    _booted: Booted,
    /// The database, removed after everything that uses it.
    _database: TestDatabase,
}

/// Boots an application on a fresh, migrated database.
///
/// # Panics
///
/// When it cannot be booted; the message has the reason.
pub async fn boot<H: Hooks>() -> TestApp {
    boot_application(Application::of::<H>()).await
}

/// Boots an application. The future is boxed, so that it is compiled here and not with every test binary.
pub(super) fn boot_application(app: Application) -> BoxFuture<'static, TestApp> {
    Box::pin(async move {
        match try_boot(app).await {
            Ok(booted) => booted,
            Err(error) => panic!(
                "the application cannot be booted for a test: {}",
                error.chain()
            ),
        }
    })
}

async fn try_boot(app: Application) -> Result<TestApp> {
    let mut config = steps::load(app, Path::new("."), Some(Environment::Test)).await?;
    let database = TestDatabase::create(app, &config.database).await?;
    config.database.url = database.url();
    let booted = steps::boot(app, config, false, CancellationToken::new()).await?;
    let service = steps::service(app, &booted.ctx)?;
    (app.before_serve)(&booted.ctx).await?;
    Ok(TestApp {
        ctx: booted.ctx.clone(),
        service,
        jobs: app.jobs()?,
        _booted: booted,
        _database: database,
    })
}

impl TestApp {
    /// A `GET` request.
    pub fn get(&self, path: &str) -> TestRequest {
        self.request(Method::GET, path)
    }

    /// A `POST` request.
    pub fn post(&self, path: &str) -> TestRequest {
        self.request(Method::POST, path)
    }

    /// A `PUT` request.
    pub fn put(&self, path: &str) -> TestRequest {
        self.request(Method::PUT, path)
    }

    /// A `PATCH` request.
    pub fn patch(&self, path: &str) -> TestRequest {
        self.request(Method::PATCH, path)
    }

    /// A `DELETE` request.
    pub fn delete(&self, path: &str) -> TestRequest {
        self.request(Method::DELETE, path)
    }

    /// A request with any method.
    pub fn request(&self, method: Method, path: &str) -> TestRequest {
        TestRequest::new(self.service.clone(), method, path)
    }
}
