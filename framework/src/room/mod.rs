//! The plug of a room: what a part of the framework hangs into boot, the database, the task list, the schedule, the routes,
//! health and `doctor`.
//!
//! Each room has a file `room.rs` (or a folder `room/`) with a constant [`Room`] that names what it brings; the list of them is
//! [`builtin`](crate::builtin). Those who boot, migrate, serve and check read the list and name no room.

mod finding;
mod initializer;

use std::sync::Arc;

use axum::routing::MethodRouter;
use futures_util::future::BoxFuture;

pub(crate) use self::finding::{Checkup, Finding, Severity};
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

/// All that a room brings. A room names what it has and takes the rest from [`Room::NONE`].
#[derive(Clone, Copy)]
pub(crate) struct Room {
    /// A noun for messages: "the `name` does not respond".
    pub(crate) name: &'static str,
    /// Adds handles to the context, before the application adds its own.
    pub(crate) context: fn(AppContext) -> BoxFuture<'static, Result<AppContext>>,
    /// Tables that every database has. Their names begin with `fw_` and the time, and they are never undone.
    pub(crate) migrations: fn() -> Vec<Migration>,
    /// Parts with a start and an end, before those of the application.
    pub(crate) initializers: fn(&Config) -> Vec<Box<dyn Initializer>>,
    /// Tasks that every application has.
    pub(crate) tasks: fn() -> Tasks,
    /// Jobs that every application has.
    pub(crate) jobs: fn() -> Jobs,
    /// What every server runs by itself.
    pub(crate) schedule: fn() -> Schedule,
    /// Routes that are listed, described and checked like those of the application.
    pub(crate) routes: fn(&Config) -> Routes,
    /// Paths that are served but are in no list and in no description.
    pub(crate) pages: fn(&Site) -> Vec<Page>,
    /// Fails when a server should get no requests; `GET /health/ready` asks.
    pub(crate) health: for<'a> fn(&'a AppContext) -> BoxFuture<'a, Result<(), BoxError>>,
    /// Findings of `doctor`.
    pub(crate) doctor: for<'a> fn(Checkup<'a>) -> BoxFuture<'a, Vec<Finding>>,
}

impl Room {
    /// A room that brings nothing.
    pub(crate) const NONE: Self = Self {
        name: "",
        context: |ctx| Box::pin(async { Ok(ctx) }),
        migrations: Vec::new,
        initializers: |_| Vec::new(),
        tasks: Tasks::new,
        jobs: Jobs::new,
        schedule: Schedule::new,
        routes: |_| Routes::new(),
        pages: |_| Vec::new(),
        health: |_| Box::pin(async { Ok(()) }),
        doctor: |_| Box::pin(async { Vec::new() }),
    };
}

/// What pages are made from.
#[cfg_attr(
    not(any(test, feature = "openapi")),
    expect(dead_code, reason = "only the description needs it so far")
)]
pub(crate) struct Site {
    /// The application that serves them.
    pub(crate) ctx: AppContext,
    /// Makes the list of all routes anew: the application's and the rooms'.
    pub(crate) routes: Arc<dyn Fn() -> Routes + Send + Sync>,
}

/// A path that a room answers.
pub(crate) struct Page {
    /// The path, as axum writes it.
    pub(crate) path: String,
    /// The methods of the path, with what answers them.
    pub(crate) methods: MethodRouter<AppContext>,
}
