//! `start`: serves requests.

use std::path::Path;

use super::{Outcome, arguments::Start};
use crate::{
    app::Hooks,
    boot::{self, ServeOptions},
    env::Environment,
    error::Result,
    server,
    telemetry::{self, Output},
};

pub(super) async fn run<H: Hooks>(
    root: &Path,
    environment: Option<Environment>,
    options: Start,
) -> Result<Outcome> {
    let mut config = boot::load::<H>(root, environment).await?;
    config.server.host = options.host.unwrap_or(config.server.host);
    config.server.port = options.port.unwrap_or(config.server.port);
    let _guard = telemetry::init(&config.logger, &config.environment, Output::Stdout)?;
    boot::serve::<H>(
        config,
        ServeOptions {
            migrate: options.migrate,
        },
        server::signals()?,
    )
    .await?;
    Ok(Outcome::Done)
}
