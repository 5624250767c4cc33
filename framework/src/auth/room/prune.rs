//! The task `auth:prune`.

use chrono::Utc;
use clap::Parser;

use super::super::{SecondFactor, Tokens, one_time, tables};
use crate::{
    auth::AuthContext,
    context::AppContext,
    count::counted,
    error::Result,
    task::{Task, report},
};

/// Deletes expired tokens, sessions that ended more than 30 days ago, and old notices of their ends
///
/// A server does so by itself each hour. What has expired or ended never counts, whether it is deleted or not.
#[derive(Debug, Default, Parser)]
pub(super) struct AuthPrune {}

impl Task for AuthPrune {
    const NAME: &'static str = "auth:prune";

    async fn run(self, ctx: &AppContext) -> Result<()> {
        // Every application with the feature has this task, also before it has accounts.
        if !tables::exist(&ctx.db).await? {
            report::outcome("there are no sessions");
            return Ok(());
        }
        let of_sessions = ctx.sessions().prune().await?;
        let of_clients = Tokens::prune(&ctx.db).await?;
        let of_mails = one_time::prune(&ctx.db, Utc::now()).await?;
        let of_factors = SecondFactor::prune(&ctx.db).await?;
        let rows = of_sessions + of_clients + of_mails + of_factors;
        let rows = counted(rows, "row", "rows");
        report::outcome(&format!("{rows} deleted"));
        Ok(())
    }
}
