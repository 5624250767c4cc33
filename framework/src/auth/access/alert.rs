//! Alerts to the owners of accounts.

use crate::{
    auth::{AccountId, AccountKey, Accounts},
    context::AppContext,
    db::Transaction,
    error::Result,
};

/// An event that the owner of an account is told about, because it may be the work of somebody else. See [`SecurityAlerts`] for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityAlert {
    /// A session has ended because two clients had its refresh token: one of them is a thief.
    TokenReused,
    /// A second factor was added or removed, or there are other recovery codes.
    SecondFactorChanged,
    /// Somebody has the password, and could not give the second factor.
    SecondFactorRefused,
    /// There is another API key, with which programs act for the account.
    ApiKeyCreated,
}

/// The way in which the owners of accounts are told about what concerns their security. The framework knows when, and the application whom it
/// writes to and what.
///
/// ```
/// use fw::{
///     auth::{SecurityAlert, SecurityAlerts},
///     db::Transaction,
///     dto::prelude::*,
///     prelude::*,
/// };
///
/// pub struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
///
/// /// A mail to the owner of an account.
/// #[derive(Serialize, Deserialize)]
/// struct Alert {
///     user: i64,
///     message: String,
/// }
/// # impl Job for Alert {
/// #     const NAME: &'static str = "alert";
/// #     fn key(&self) -> Key { Key::none() }
/// #     async fn run(&self, _: &JobContext) -> Result<(), JobError> { Ok(()) }
/// # }
///
/// impl SecurityAlerts for Users {
///     async fn alert(ctx: &AppContext, tx: &Transaction, user: i64, alert: SecurityAlert) -> Result<()> {
///         let message = match alert {
///             SecurityAlert::TokenReused => "a session of your account was ended",
///             SecurityAlert::SecondFactorChanged => "the second factor of your account was changed",
///             SecurityAlert::SecondFactorRefused => "somebody could not give your second factor",
///             SecurityAlert::ApiKeyCreated => "your account has another API key",
///         };
///         let message = message.to_owned();
///         Alert { user, message }.enqueue_in(ctx, tx).await?;
///         Ok(())
///     }
/// }
/// ```
pub trait SecurityAlerts: Accounts {
    /// Tells the owner of an account, as part of the transaction of the event: enqueue a mail, which is sent with its commit.
    fn alert(
        ctx: &AppContext,
        tx: &Transaction,
        account: Self::Id,
        alert: SecurityAlert,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Tells the owner of an account.
pub(super) async fn alert<A: SecurityAlerts>(
    ctx: &AppContext,
    tx: &Transaction,
    account: AccountKey,
    alert: SecurityAlert,
) -> Result<()> {
    match A::Id::of(account) {
        Some(id) => A::alert(ctx, tx, id, alert).await,
        None => Ok(()),
    }
}
