//! What an application tells the framework about itself.

mod application;

use serde::de::DeserializeOwned;

use crate::{
    config::Config, context::AppContext, controller::Routes, error::Result, jobs::Jobs,
    middleware::Stack, migration::Migration, scheduler::Schedule, task::Tasks,
};

pub use crate::room::Initializer;
pub(crate) use application::Application;

/// The hooks of an application. Only `name`, `routes` and `migrations` (and the type of its own settings) must be given.
///
/// # Life of an application
///
/// 1. The configuration is read; `[app]` becomes [`Settings`](Self::Settings).
/// 2. [`before_boot`](Self::before_boot) may change it.
/// 3. Logging starts, and the database is connected.
/// 4. [`after_context`](Self::after_context) adds the application's own handles to the context.
/// 5. Each of [`initializers`](Self::initializers) is [started](Initializer::start), in order.
///
/// Up to here all commands are alike; a task runs now. A server goes on:
///
/// 6. Pending migrations are applied (development, or `--migrate`) or refused (production).
/// 7. [`routes`](Self::routes) and [`middleware`](Self::middleware) are put together; [`jobs`](Self::jobs) and
///    [`schedule`](Self::schedule) are checked.
/// 8. [`before_serve`](Self::before_serve) runs; then the server answers, and jobs, scheduled tasks and what initializers
///    [run](Initializer::run) begin.
/// 9. At a signal the server [drains](AppContext::draining): requests, jobs, scheduled tasks and what initializers run come to
///    their end. Then [`on_shutdown`](Self::on_shutdown) runs.
/// 10. Each initializer's [`shutdown`](Initializer::shutdown) runs, the last one first, and the database is closed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an application",
    label = "does not implement `Hooks`",
    note = "write `impl Hooks for {Self}` with `type Settings`, `fn name()`, `fn routes()` and `fn migrations()`"
)]
pub trait Hooks: Send + Sync + 'static {
    /// The application's own settings: the section `[app]` of its configuration. `()` when it has none.
    type Settings: DeserializeOwned + Send + Sync + 'static;

    /// The name of the application: `env!("CARGO_PKG_NAME")`.
    fn name() -> &'static str;

    /// All routes.
    fn routes() -> Routes;

    /// All migrations, oldest first.
    fn migrations() -> Vec<Migration>;

    /// The version of the application: `env!("CARGO_PKG_VERSION")`.
    fn version() -> &'static str {
        "0.0.0"
    }

    /// Parts that need a start and an end of their own, such as a client of another service.
    fn initializers() -> Vec<Box<dyn Initializer>> {
        Vec::new()
    }

    /// The application's tasks, besides the built-in ones.
    fn tasks() -> Tasks {
        Tasks::new()
    }

    /// The work that requests may start in the background.
    fn jobs() -> Jobs {
        Jobs::new()
    }

    /// The tasks that a server runs by itself, besides those of the framework.
    fn schedule() -> Schedule {
        Schedule::new()
    }

    /// Adds the application's own middleware to the framework's.
    fn middleware(stack: Stack) -> Stack {
        stack
    }

    /// Changes the configuration before anything is made from it.
    fn before_boot(config: &mut Config) -> impl Future<Output = Result<()>> + Send {
        let _ = config;
        async { Ok(()) }
    }

    /// Adds the application's own handles to the context, with [`AppContext::with`].
    fn after_context(ctx: AppContext) -> impl Future<Output = Result<AppContext>> + Send {
        async { Ok(ctx) }
    }

    /// The last chance to refuse to serve.
    fn before_serve(ctx: &AppContext) -> impl Future<Output = Result<()>> + Send {
        let _ = ctx;
        async { Ok(()) }
    }

    /// The server has finished its last request. An error is logged and changes nothing else.
    fn on_shutdown(ctx: &AppContext) -> impl Future<Output = Result<()>> + Send {
        let _ = ctx;
        async { Ok(()) }
    }

    /// Fills the database with data to begin with: `db seed` and `db reset`. It may run more than once.
    fn seed(ctx: &AppContext) -> impl Future<Output = Result<()>> + Send {
        let _ = ctx;
        async { Ok(()) }
    }
}
