//! Parts with a start and an end of their own.

use crate::{context::AppContext, error::Result};

/// A part of the application with a start and an end of its own: a client that must log in, a consumer of messages.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an initializer",
    label = "does not implement `Initializer`",
    note = "write `#[async_trait] impl Initializer for {Self}` with `fn name(&self)` and `async fn start(&self, ctx: &AppContext)`"
)]
#[sea_orm::prelude::async_trait::async_trait]
pub trait Initializer: Send + Sync {
    /// Its name, for the log.
    fn name(&self) -> &'static str;

    /// Starts it. An error stops the start of the application.
    async fn start(&self, ctx: &AppContext) -> Result<()>;

    /// Works beside a server, from its first request on. Default: nothing.
    ///
    /// It should come to its end when [`ctx.draining()`](AppContext::draining) is cancelled; after `server.drain_timeout` it is
    /// cut off. An error or a panic is logged and changes nothing else: the part does not work any more.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use fw::{prelude::*, sea_orm::prelude::async_trait::async_trait};
    /// struct Heartbeat;
    ///
    /// #[async_trait]
    /// impl Initializer for Heartbeat {
    /// #   fn name(&self) -> &'static str { "heartbeat" }
    /// #   async fn start(&self, _: &AppContext) -> Result<()> { Ok(()) }
    ///     // …
    ///     async fn run(&self, ctx: &AppContext) -> Result<()> {
    ///         let draining = ctx.draining();
    ///         let pause = || tokio::time::sleep(Duration::from_secs(60));
    ///         while draining.run_until_cancelled(pause()).await.is_some() {
    ///             tracing::info!("still here");
    ///         }
    ///         Ok(())
    ///     }
    /// }
    /// ```
    async fn run(&self, ctx: &AppContext) -> Result<()> {
        let _ = ctx;
        Ok(())
    }

    /// Ends it. An error is logged and changes nothing else.
    async fn shutdown(&self, ctx: &AppContext) -> Result<()> {
        let _ = ctx;
        Ok(())
    }
}
