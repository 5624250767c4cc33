//! The trait that an application implements, [`Hooks`].

mod application;

use serde::de::DeserializeOwned;

#[cfg(feature = "mailer")]
use crate::mailer::Mailers;
#[cfg(feature = "_templates")]
use crate::view::Views;
use crate::{
    config::Config,
    context::AppContext,
    controller::{ErrorFormat, Routes},
    error::Result,
    jobs::Jobs,
    middleware::Stack,
    migration::{Migration, Migrator},
    scheduler::Schedule,
    task::Tasks,
};

pub use crate::room::Initializer;
pub(crate) use application::Application;

/// The migrations of an application: those of the framework, and its own. With them a program of its own, or a test, migrates a
/// database.
///
/// ```
/// # use fw::{config::Config, db::Db, prelude::*};
/// # struct App;
/// # impl Hooks for App {
/// #     type Settings = ();
/// #     fn name() -> &'static str { "blog" }
/// #     fn routes() -> Routes { Routes::new() }
/// #     fn migrations() -> Vec<Migration> { Vec::new() }
/// # }
/// async fn migrate(config: &Config) -> Result<()> {
///     let connection = Db::dedicated(&config.database).await?;
///     let applied = fw::app::migrator::<App>().up(&connection, None).await?;
///     println!("{} applied", applied.len());
///     Ok(())
/// }
/// ```
pub fn migrator<H: Hooks>() -> Migrator {
    Application::of::<H>().migrator()
}

/// The hooks of an application: its routes, migrations, settings and everything else that the framework asks it for. Only `name`,
/// `routes`, `migrations` and the type of its settings are required.
///
/// # Lifecycle
///
/// 1. The configuration is read; `[app]` becomes [`Settings`](Self::Settings).
/// 2. [`before_boot`](Self::before_boot) may change it.
/// 3. Logging starts, the database is connected, and [`jobs`](Self::jobs) are checked.
/// 4. [`after_context`](Self::after_context) adds the application's own handles to the context.
/// 5. Each of [`initializers`](Self::initializers) is [started](Initializer::start), in order.
///
/// Up to here all commands are the same; a task runs now. A server continues:
///
/// 6. [`schedule`](Self::schedule) is checked. Pending migrations are applied (development, or `--migrate`) or refused (production).
/// 7. [`routes`](Self::routes) and [`middleware`](Self::middleware) are assembled.
/// 8. [`before_serve`](Self::before_serve) runs; then the server accepts requests, and jobs, the schedule and initializers
///    [run](Initializer::run).
/// 9. At a signal the server [drains](AppContext::draining): requests, jobs and running initializers finish.
///    Then [`on_shutdown`](Self::on_shutdown) runs.
/// 10. Each initializer's [`shutdown`](Initializer::shutdown) runs, the last one first, and the database is closed.
///
/// # Example
///
/// ```
/// use fw::prelude::*;
///
/// /// The section `[app]` of the configuration.
/// #[derive(serde::Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Settings {
///     greeting: String,
/// }
///
/// struct App;
///
/// impl Hooks for App {
///     type Settings = Settings;
///
///     fn name() -> &'static str { env!("CARGO_PKG_NAME") }
///     fn version() -> &'static str { env!("CARGO_PKG_VERSION") }
///     fn migrations() -> Vec<Migration> { Vec::new() }
///     fn routes() -> Routes { Routes::at("/api/v1").with([get("/greeting", greet)]) }
///     fn tasks() -> Tasks { Tasks::new() }
///     fn jobs() -> Jobs { Jobs::new() }
///     fn schedule() -> Schedule { Schedule::new().daily("03:00", "db:backup keep:14") }
///
///     async fn after_context(ctx: AppContext) -> Result<AppContext> {
///         // Handlers get it with `ctx.get::<Translator>()`.
///         Ok(ctx.with(Translator))
///     }
/// }
///
/// /// A client of another service.
/// struct Translator;
///
/// async fn greet(_: Anyone, State(ctx): State<AppContext>) -> String {
///     ctx.settings::<Settings>().greeting.clone()
/// }
///
/// assert_eq!(App::routes().list()[0].path, "/api/v1/greeting");
/// ```
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

    /// All routes of the application.
    fn routes() -> Routes;

    /// All migrations of the application, oldest first.
    fn migrations() -> Vec<Migration>;

    /// The version of the application: `env!("CARGO_PKG_VERSION")`.
    fn version() -> &'static str {
        "0.0.0"
    }

    /// The initializers: parts with a start and a shutdown of their own, such as a client of another service.
    fn initializers() -> Vec<Box<dyn Initializer>> {
        Vec::new()
    }

    /// The application's tasks, besides the built-in ones.
    fn tasks() -> Tasks {
        Tasks::new()
    }

    /// The background jobs of the application.
    fn jobs() -> Jobs {
        Jobs::new()
    }

    /// The schedule: the jobs and tasks that run at their times, besides those of the framework.
    fn schedule() -> Schedule {
        Schedule::new()
    }

    /// The built-in roles of the application, which are code: see [`Role`](crate::auth::Role).
    #[cfg(feature = "auth")]
    fn roles() -> Vec<crate::auth::Role> {
        Vec::new()
    }

    /// The mails of the application.
    #[cfg(feature = "mailer")]
    fn mailers() -> Mailers {
        Mailers::new()
    }

    /// The templates, messages and assets of the application: `fw::views!()`.
    #[cfg(feature = "_templates")]
    fn views() -> Views {
        Views::NONE
    }

    /// Adds the application's own middleware to the framework's stack.
    fn middleware(stack: Stack) -> Stack {
        stack
    }

    /// The format of error responses, for an API whose clients do not expect problem details.
    fn error_format() -> ErrorFormat {
        ErrorFormat::problem_details()
    }

    /// Changes the configuration before it is used.
    fn before_boot(config: &mut Config) -> impl Future<Output = Result<()>> + Send {
        let _ = config;
        async { Ok(()) }
    }

    /// Adds the application's own handles to the context, with [`AppContext::with`].
    fn after_context(ctx: AppContext) -> impl Future<Output = Result<AppContext>> + Send {
        async { Ok(ctx) }
    }

    /// Runs before the server accepts requests. An error stops the start.
    fn before_serve(ctx: &AppContext) -> impl Future<Output = Result<()>> + Send {
        let _ = ctx;
        async { Ok(()) }
    }

    /// Runs after the last request. An error is only logged.
    fn on_shutdown(ctx: &AppContext) -> impl Future<Output = Result<()>> + Send {
        let _ = ctx;
        async { Ok(()) }
    }

    /// Fills the database with initial data, for `db seed` and `db reset`. It may run more than once.
    fn seed(ctx: &AppContext) -> impl Future<Output = Result<()>> + Send {
        let _ = ctx;
        async { Ok(()) }
    }
}
