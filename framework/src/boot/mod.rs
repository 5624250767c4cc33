//! The boot of an application, in the steps that [`Hooks`] lists.
//!
//! [`command::main`](crate::command::main) does all of this for an application's binary. A program of another kind boots the
//! application itself:
//!
//! ```
//! use std::time::Duration;
//!
//! use fw::{boot, config::Loader, prelude::*};
//!
//! # struct App;
//! # impl Hooks for App {
//! #     type Settings = ();
//! #     fn name() -> &'static str { "blog" }
//! #     fn routes() -> Routes { Routes::new() }
//! #     fn migrations() -> Vec<Migration> { Vec::new() }
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let config = Loader::new(".").vars([("DATABASE_URL", "sqlite::memory:")]).load()?;
//! let booted = boot::boot::<App>(config, true).await?;
//! booted.ctx.db.ping().await?;
//! booted.shutdown(Duration::from_secs(5)).await;
//! # Ok(())
//! # }
//! ```
//!
//! or serves it:
//!
//! ```no_run
//! use std::path::Path;
//!
//! use fw::{boot::{self, ServeOptions}, prelude::*, server};
//!
//! # struct App;
//! # impl Hooks for App {
//! #     type Settings = ();
//! #     fn name() -> &'static str { "blog" }
//! #     fn routes() -> Routes { Routes::new() }
//! #     fn migrations() -> Vec<Migration> { Vec::new() }
//! # }
//! # #[tokio::main]
//! # async fn main() -> Result<()> {
//! let config = boot::load::<App>(Path::new("."), None).await?;
//! let options = ServeOptions { migrate: true, ..ServeOptions::default() };
//! boot::serve::<App>(config, options, server::signals()?).await
//! # }
//! ```

mod initializers;
pub(crate) mod serving;
pub(crate) mod steps;

use std::path::Path;

pub use self::{
    serving::{RunJobs, ServeOptions},
    steps::Booted,
};

use crate::{
    app::{Application, Hooks},
    config::Config,
    context::CancellationToken,
    env::Environment,
    error::Result,
    server,
};

/// Loads the configuration of an environment (`None`: that of `FW_ENV`), with the changes of `before_boot`: steps 1 and 2.
/// `root` is the folder with `config/` in it.
///
/// # Errors
///
/// Every problem of the configuration at once, or the error of `before_boot`.
pub async fn load<H: Hooks>(root: &Path, environment: Option<Environment>) -> Result<Config> {
    steps::load(Application::of::<H>(), root, environment).await
}

/// Boots an application without starting the log: steps 3 to 5. With `connect` the database must be reachable; otherwise it is
/// opened at its first use.
///
/// # Errors
///
/// When the database cannot be used, and those of `after_context` and of the initializers.
pub async fn boot<H: Hooks>(config: Config, connect: bool) -> Result<Booted> {
    let never = CancellationToken::new();
    steps::boot(Application::of::<H>(), config, connect, never).await
}

/// Boots an application and serves it until `stop` completes, then shuts down gracefully: steps 3 to 10.
///
/// # Errors
///
/// When the address is taken, those of [`boot()`], pending migrations that are not applied, those of `before_serve`, and work that was cut
/// off at the end of `server.drain_timeout`.
pub async fn serve<H: Hooks>(
    config: Config,
    options: ServeOptions,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let app = Application::of::<H>();
    serving::serve(app, config, options, server::cancelled_when(stop)).await
}
