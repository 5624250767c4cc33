//! Rooms: built-in parts of the framework that plug into the boot, migrations, tasks, schedule, routes, health checks and `doctor`.
//!
//! Each room has a file `room.rs` (or a folder `room/`) with a constant [`Room`] that registers its parts; the list of them is
//! [`builtin`](crate::builtin). The code that boots, migrates, serves and checks reads the list and names no room.

mod finding;
mod initializer;

use std::sync::Arc;

use axum::routing::MethodRouter;
use futures_util::future::BoxFuture;

pub(crate) use self::finding::{DoctorContext, Finding, Severity};
pub use self::initializer::Initializer;
use crate::{
    config::Config,
    context::AppContext,
    controller::Routes,
    error::{BoxError, Result},
    jobs::Jobs,
    migration::Migration,
    scheduler::Schedule,
    task::Tasks,
};

/// The registration of a room: everything that it adds to an application. A room sets the fields that it needs and takes the rest
/// from [`Room::NONE`].
#[derive(Clone, Copy)]
pub(crate) struct Room {
    /// A noun for messages: "the `name` does not respond".
    pub(crate) name: &'static str,
    /// Adds handles to the context, before the application adds its own.
    pub(crate) context: fn(AppContext) -> BoxFuture<'static, Result<AppContext>>,
    /// Migrations of tables that every database has. Their names begin with `fw_` and the time, and they are never undone.
    pub(crate) migrations: fn() -> Vec<Migration>,
    /// Initializers, which start before those of the application.
    pub(crate) initializers: fn(&Config) -> Vec<Box<dyn Initializer>>,
    /// Checks what the routes of the application need, before a server accepts requests: migrations are applied then. An error stops the start.
    pub(crate) before_serve: for<'a> fn(&'a AppContext, &'a Routes) -> BoxFuture<'a, Result<()>>,
    /// Tasks that every application has.
    pub(crate) tasks: fn() -> Tasks,
    /// Jobs that every application has.
    pub(crate) jobs: fn() -> Jobs,
    /// The schedule of every application.
    pub(crate) schedule: fn() -> Schedule,
    /// Routes that are listed, described and checked like those of the application.
    pub(crate) routes: fn(&Config) -> Routes,
    /// Pages: paths that are served but neither listed nor described.
    pub(crate) pages: fn(&PageContext) -> Vec<Page>,
    /// Pages for developers, at `/_fw/…`: they are served in development only, and only to browsers on the same machine.
    #[cfg(feature = "_templates")]
    pub(crate) devtools: fn(&PageContext) -> Vec<Page>,
    /// The readiness check of `GET /health/ready`: it fails while the server should get no requests. The response has the text of a
    /// [`NotReady`], and is general for other errors.
    pub(crate) health: for<'a> fn(&'a AppContext) -> BoxFuture<'a, Result<(), BoxError>>,
    /// The checks of `doctor`.
    pub(crate) doctor: for<'a> fn(DoctorContext<'a>) -> BoxFuture<'a, Vec<Finding>>,
}

impl Room {
    /// A room that adds nothing.
    pub(crate) const NONE: Self = Self {
        name: "",
        context: |ctx| Box::pin(async { Ok(ctx) }),
        migrations: Vec::new,
        initializers: |_| Vec::new(),
        before_serve: |_, _| Box::pin(async { Ok(()) }),
        tasks: Tasks::new,
        jobs: Jobs::new,
        schedule: Schedule::new,
        routes: |_| Routes::new(),
        pages: |_| Vec::new(),
        #[cfg(feature = "_templates")]
        devtools: |_| Vec::new(),
        health: |_| Box::pin(async { Ok(()) }),
        doctor: |_| Box::pin(async { Vec::new() }),
    };
}

/// The cause for which a room is not ready, in words that everybody may read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotReady(pub(crate) String);

/// The input of a room's pages.
#[cfg_attr(
    not(any(test, feature = "openapi")),
    expect(dead_code, reason = "only the description needs it so far")
)]
pub(crate) struct PageContext {
    /// The application that serves them.
    pub(crate) ctx: AppContext,
    /// Builds the list of all routes: the application's and the rooms'.
    pub(crate) routes: Arc<dyn Fn() -> Routes + Send + Sync>,
}

/// A page: a path that a room serves.
pub(crate) struct Page {
    /// The path, in axum's syntax.
    pub(crate) path: String,
    /// The handlers of the path, by method.
    pub(crate) methods: MethodRouter<AppContext>,
}
