//! The command `start`, which serves requests and runs jobs.

use std::path::Path;

use super::{Outcome, arguments::Start};
use crate::{
    app::Application,
    boot::{RunJobs, ServeOptions, serving, steps},
    env::Environment,
    error::Result,
    server,
    telemetry::{self, Output},
};

pub(super) async fn run(
    app: Application,
    root: &Path,
    environment: Option<Environment>,
    options: Start,
) -> Result<Outcome> {
    let mut config = steps::load(app, root, environment).await?;
    config.server.host = options.host.unwrap_or(config.server.host);
    config.server.port = options.port.unwrap_or(config.server.port);
    let _guard = telemetry::init(&config.logger, &config.environment, Output::Stdout)?;
    server::reopen_log_file_at_hangup()?;
    let serve = ServeOptions {
        migrate: options.migrate,
        jobs: match (options.worker, options.no_worker) {
            (true, _) => RunJobs::Only {
                queues: options.queues,
            },
            (false, true) => RunJobs::Never,
            (false, false) => RunJobs::AsConfigured,
        },
    };
    let stop = server::cancelled_when(server::signals()?);
    serving::serve(app, config, serve, stop).await?;
    Ok(Outcome::Done)
}
