//! Events of accounts in the audit log, which applications with the feature `audit` have.

use serde::Serialize;

use super::{caller::Caller, signed_in::SignedIn};
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

/// A person, or an API key of theirs.
impl<A: Accounts> From<&Caller<A>> for By {
    fn from(caller: &Caller<A>) -> Self {
        Self {
            name: caller.name(),
            impersonator: caller.impersonator_name(),
        }
    }
}

/// The owner of an account, who is not signed in.
impl From<AccountKey> for By {
    fn from(account: AccountKey) -> Self {
        Self {
            name: format!("user:{account}"),
            impersonator: None,
        }
    }
}

/// Writes an event in the transaction of the change.
pub(super) async fn log(
    ctx: &AppContext,
    tx: &Transaction,
    by: impl Into<By>,
    action: &str,
    target: String,
) -> Result<()> {
    log_new(ctx, tx, by, action, target, "", ()).await
}

/// Writes an event of a field that has a value now.
#[cfg(feature = "audit")]
pub(super) async fn log_new(
    ctx: &AppContext,
    tx: &Transaction,
    by: impl Into<By>,
    action: &str,
    target: String,
    field: &str,
    value: impl Serialize,
) -> Result<()> {
    let by = by.into();
    let actor = crate::audit::Actor::from(by.name);
    let actor = match by.impersonator {
        Some(impersonator) => actor.impersonated_by(impersonator),
        None => actor,
    };
    ctx.audit(tx, actor, action, target)
        .changed(field, (), value)
        .await
}

#[cfg(not(feature = "audit"))]
#[expect(clippy::unused_async, reason = "as with the feature `audit`")]
pub(super) async fn log_new(
    _: &AppContext,
    _: &Transaction,
    _: impl Into<By>,
    _: &str,
    _: String,
    _: &str,
    _: impl Serialize,
) -> Result<()> {
    Ok(())
}
