//! The lifecycle of the initializers.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use tokio::task::JoinSet;

use crate::{
    app::Initializer,
    context::AppContext,
    error::{Error, Result},
    telemetry::Unfinished,
};

/// The initializers that were started.
#[derive(Default)]
pub(super) struct StartedInitializers(Vec<Arc<dyn Initializer>>);

impl StartedInitializers {
    /// Starts the next initializer.
    pub(super) async fn start(
        &mut self,
        initializer: Arc<dyn Initializer>,
        ctx: &AppContext,
    ) -> Result<()> {
        initializer.start(ctx).await.map_err(|error| {
            let name = initializer.name();
            Error::internal(format!("initializer `{name}`: {}", error.chain()))
        })?;
        self.0.push(initializer);
        Ok(())
    }

    /// Runs all initializers beside the server, until the last one has finished. Dropping the future cancels those that still run.
    pub(super) async fn run(&self, ctx: &AppContext) {
        let mut running = JoinSet::new();
        for initializer in &self.0 {
            running.spawn(run(Arc::clone(initializer), ctx.clone()));
        }
        while running.join_next().await.is_some() {}
    }

    /// Shuts the initializers down, the last one first.
    pub(super) async fn shutdown(&self, ctx: &AppContext) {
        for initializer in self.0.iter().rev() {
            if let Err(error) = initializer.shutdown(ctx).await {
                tracing::error!(
                    initializer = initializer.name(),
                    error = error.chain(),
                    "shutdown failed"
                );
            }
        }
    }
}

async fn run(initializer: Arc<dyn Initializer>, ctx: AppContext) {
    let unfinished = Unfinished::new("initializer", initializer.name());
    // State that the panic left half-changed is only used by `shutdown` afterwards.
    let ended = AssertUnwindSafe(initializer.run(&ctx)).catch_unwind().await;
    unfinished.finish();
    if let Err(error) = ended.unwrap_or_else(|_| Err(Error::internal("it panicked"))) {
        tracing::error!(
            initializer = initializer.name(),
            error = error.chain(),
            "the initializer does not run any more"
        );
    }
}
