//! The task `idempotency:prune`.

use clap::Parser;

use crate::{
    context::AppContext,
    count::counted,
    error::Result,
    idempotency,
    task::{Task, report},
};

/// Deletes the expired responses to requests with an `Idempotency-Key`
///
/// A server does so by itself each hour. Expired responses are never replayed, whether they are deleted or not.
#[derive(Debug, Default, Parser)]
pub(super) struct IdempotencyPrune {}

impl Task for IdempotencyPrune {
    const NAME: &'static str = "idempotency:prune";

    async fn run(self, ctx: &AppContext) -> Result<()> {
        let deleted = idempotency::prune(&ctx.db).await?;
        let responses = counted(deleted, "expired response", "expired responses");
        report::outcome(&format!("{responses} deleted"));
        Ok(())
    }
}
