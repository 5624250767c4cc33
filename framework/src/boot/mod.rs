//! The boot of an application, in the steps that [`Hooks`] lists.

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
pub async fn load<H: Hooks>(root: &Path, environment: Option<Environment>) -> Result<Config> {
    steps::load(Application::of::<H>(), root, environment).await
}

/// Boots an application without starting the log: steps 3 to 5. With `connect` the database must be reachable; otherwise it is
/// opened at its first use.
pub async fn boot<H: Hooks>(config: Config, connect: bool) -> Result<Booted> {
    let never = CancellationToken::new();
    steps::boot(Application::of::<H>(), config, connect, never).await
}

/// Boots an application and serves it until `stop` completes, then shuts down gracefully: steps 3 to 10.
pub async fn serve<H: Hooks>(
    config: Config,
    options: ServeOptions,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let app = Application::of::<H>();
    serving::serve(app, config, options, server::cancelled_when(stop)).await
}
