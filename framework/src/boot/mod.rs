//! Puts an application together, step by step as [`Hooks`] lists them.

mod initializers;
pub(crate) mod serving;
pub(crate) mod steps;

use std::path::Path;

pub use self::{serving::ServeOptions, steps::Booted};

use crate::{
    app::{Application, Hooks},
    config::Config,
    context::CancellationToken,
    env::Environment,
    error::Result,
    server,
};

/// Steps 1 and 2: the configuration of an environment (`None`: that of `FW_ENV`), with the changes of `before_boot`.
pub async fn load<H: Hooks>(root: &Path, environment: Option<Environment>) -> Result<Config> {
    steps::load(Application::of::<H>(), root, environment).await
}

/// Steps 3 to 5 but for the log. With `connect` the database must answer; otherwise it is opened when it is first used.
pub async fn boot<H: Hooks>(config: Config, connect: bool) -> Result<Booted> {
    let never = CancellationToken::new();
    steps::boot(Application::of::<H>(), config, connect, never).await
}

/// Steps 3 to 10: serves until `stop` is done, and ends in good order.
pub async fn serve<H: Hooks>(
    config: Config,
    options: ServeOptions,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let app = Application::of::<H>();
    serving::serve(app, config, options, server::cancelled_when(stop)).await
}
