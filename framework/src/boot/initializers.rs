//! The life of the parts with a start and an end of their own.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use tokio::task::JoinSet;

use crate::{
    app::Initializer,
    context::AppContext,
    error::{Error, Result},
};

/// The initializers that were started.
#[derive(Default)]
pub(super) struct Started(Vec<Arc<dyn Initializer>>);

impl Started {
    /// Starts the next one.
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

    /// Lets each of them work beside the server, until the last one has come to its end. What runs is cut off when this is
    /// dropped.
    pub(super) async fn run(&self, ctx: &AppContext) {
        let mut running = JoinSet::new();
        for initializer in &self.0 {
            running.spawn(run(Arc::clone(initializer), ctx.clone()));
        }
        while running.join_next().await.is_some() {}
    }

    /// Ends them, the last one first.
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
    // Nothing that the panic left half done is used afterwards but by `shutdown`.
    let ended = AssertUnwindSafe(initializer.run(&ctx)).catch_unwind().await;
    if let Err(error) = ended.unwrap_or_else(|_| Err(Error::internal("it panicked"))) {
        tracing::error!(
            initializer = initializer.name(),
            error = error.chain(),
            "the initializer does not run any more"
        );
    }
}
