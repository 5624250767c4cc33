//! The task `auth:reseal`.

use clap::Parser;

use super::super::{SecondFactor, tables};
use crate::{
    context::AppContext,
    count::counted,
    error::{Error, Result},
    signing::MissingKey,
    task::{Task, report},
};

/// Seals the secrets of second factors with the first key of `FW_KEYS`
///
/// Run it after a new key was put before the old one, and before the old one is taken away: what that has sealed cannot be opened afterwards.
#[derive(Debug, Default, Parser)]
pub(super) struct AuthReseal {}

impl Task for AuthReseal {
    const NAME: &'static str = "auth:reseal";

    async fn run(self, ctx: &AppContext) -> Result<()> {
        // Every application with the feature has this task, also before it has accounts.
        if !tables::exist(&ctx.db).await? {
            report::outcome("there are no second factors");
            return Ok(());
        }
        let missing = MissingKey {
            signed: "secrets of second factors",
        };
        let second_factor = ctx.get::<SecondFactor>().ok_or(missing)?;
        let (resealed, lost) = second_factor.reseal(&ctx.db).await?;
        report::outcome(&format!(
            "{} sealed again",
            counted(resealed, "secret", "secrets")
        ));
        if lost == 0 {
            return Ok(());
        }
        Err(Error::internal(format!(
            "{} cannot be opened: the key is not in `FW_KEYS`\nhint: put it back behind the others and run the task again",
            counted(lost, "secret", "secrets")
        )))
    }
}
