//! Events of accounts in the audit log, which applications with the feature `audit` have.

use super::signed_in::SignedIn;
use crate::{
    auth::{AccountKey, Accounts},
    context::AppContext,
    controller::Access,
    db::Transaction,
    error::Result,
};

/// The actor of an event.
#[cfg_attr(not(feature = "audit"), expect(dead_code, reason = "there is no log"))]
pub(super) struct By {
    name: String,
    impersonator: Option<String>,
}

/// The person who is signed in.
impl<A: Accounts> From<&SignedIn<A>> for By {
    fn from(who: &SignedIn<A>) -> Self {
        Self {
            name: Access::caller(who).unwrap_or_default(),
            impersonator: Access::impersonator(who),
        }
    }
}

/// The owner of an account, who is not signed in yet.
impl From<AccountKey> for By {
    fn from(account: AccountKey) -> Self {
        Self {
            name: format!("user:{account}"),
            impersonator: None,
        }
    }
}

/// Writes an event in the transaction of the change.
#[cfg(feature = "audit")]
pub(super) async fn log(
    ctx: &AppContext,
    tx: &Transaction,
    by: impl Into<By>,
    action: &str,
    target: String,
) -> Result<()> {
    let by = by.into();
    let actor = crate::audit::Actor::from(by.name);
    let actor = match by.impersonator {
        Some(impersonator) => actor.impersonated_by(impersonator),
        None => actor,
    };
    ctx.audit(tx, actor, action, target).await
}

#[cfg(not(feature = "audit"))]
#[expect(clippy::unused_async, reason = "as with the feature `audit`")]
pub(super) async fn log(
    _: &AppContext,
    _: &Transaction,
    _: impl Into<By>,
    _: &str,
    _: String,
) -> Result<()> {
    Ok(())
}
