//! The task `prune_drafts`.

use clap::Parser;
use fw::prelude::*;

/// Prune drafts (say here what it does, in one line)
#[derive(Debug, Parser)]
pub struct PruneDrafts {
    /// Shows what would be done, and does nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl Task for PruneDrafts {
    const NAME: &'static str = "prune_drafts";

    async fn run(self, ctx: &AppContext) -> Result<()> {
        if self.dry_run {
            println!("{}: would run in {}", Self::NAME, ctx.app_name());
            return Ok(());
        }
        println!("{}: done", Self::NAME);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use fw_testing::prelude::*;

    use super::*;
    use crate::app::App;

    #[tokio::test]
    async fn runs() {
        let app = boot::<App>().await;
        PruneDrafts::parse_from(["prune_drafts"])
            .run(&app.ctx)
            .await
            .expect("the task runs");
    }

    #[tokio::test]
    async fn is_registered_and_takes_its_arguments() {
        let app = boot::<App>().await;
        App::tasks()
            .run("prune_drafts", &["--dry-run".to_owned()], &app.ctx)
            .await
            .expect("the task runs");
    }
}
