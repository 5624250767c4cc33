//! The task `audit:prune`.

use clap::Parser;

use crate::{
    audit::table::{self, Pruned},
    context::AppContext,
    count::counted,
    error::Result,
    task::{Task, report},
};

/// Deletes the events of the audit log whose retention is over, and blanks old addresses and user agents
///
/// A server does so by itself each hour. `audit.retention` and `audit.ip_retention` are the times.
#[derive(Debug, Default, Parser)]
pub(super) struct AuditPrune {}

impl Task for AuditPrune {
    const NAME: &'static str = "audit:prune";

    async fn run(self, ctx: &AppContext) -> Result<()> {
        let Pruned { deleted, blanked } = table::prune(&ctx.db, &ctx.config.audit).await?;
        let events = counted(deleted, "event", "events");
        let clients = counted(blanked, "client", "clients");
        report::outcome(&format!("{events} deleted, {clients} blanked"));
        Ok(())
    }
}
