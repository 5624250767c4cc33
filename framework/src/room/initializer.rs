//! Initializers, the parts of an application with a start and a shutdown.

use crate::{context::AppContext, error::Result};

/// An initializer: a part of the application with a start and a shutdown of its own, such as a client that must log in or a consumer
/// of messages.
///
/// The order in which initializers start and end is part of the [lifecycle](crate::app::Hooks#lifecycle).
///
/// ```
/// use fw::{prelude::*, sea_orm::prelude::async_trait::async_trait};
///
/// /// The connection to a message broker.
/// struct Broker;
///
/// #[async_trait]
/// impl Initializer for Broker {
///     fn name(&self) -> &'static str { "broker" }
///
///     async fn start(&self, ctx: &AppContext) -> Result<()> {
///         tracing::info!(client = ctx.app_name(), "logging in");
///         Ok(())
///     }
///
///     async fn shutdown(&self, _: &AppContext) -> Result<()> {
///         tracing::info!("logging out");
///         Ok(())
///     }
/// }
///
/// // In `Hooks::initializers`:
/// let initializers: Vec<Box<dyn Initializer>> = vec![Box::new(Broker)];
/// assert_eq!(initializers[0].name(), "broker");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an initializer",
    label = "does not implement `Initializer`",
    note = "write `#[async_trait] impl Initializer for {Self}` with `fn name(&self)` and `async fn start(&self, ctx: &AppContext)`"
)]
#[sea_orm::prelude::async_trait::async_trait]
pub trait Initializer: Send + Sync {
    /// The name, for the log.
    fn name(&self) -> &'static str;

    /// Starts the part. An error stops the start of the application.
    async fn start(&self, ctx: &AppContext) -> Result<()>;

    /// Runs beside a server, from its first request on. By default it does nothing.
    ///
    /// It should end when [`ctx.draining()`](AppContext::draining) is cancelled; after `server.drain_timeout` it is cancelled. An
    /// error or a panic is logged, and the part no longer runs; the server goes on.
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

    /// Shuts the part down. An error is only logged.
    async fn shutdown(&self, ctx: &AppContext) -> Result<()> {
        let _ = ctx;
        Ok(())
    }
}
