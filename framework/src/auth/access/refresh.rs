//! The refresh of the tokens of a client.

use super::{
    alert::{SecurityAlert, SecurityAlerts, alert},
    context::AuthContext,
    issued::Issued,
    log::log,
    problem::invalid_credential,
};
use crate::{
    auth::{Refreshed, TokenPair},
    context::AppContext,
    controller::Json,
    error::Result,
};

/// Gives the next tokens for a refresh token, which can be used once: [`Tokens::refresh`](crate::auth::Tokens::refresh). If it was used by two, the
/// owner of the account is [told](SecurityAlerts), and (with the feature `audit`) there is an event `session.token_reused`.
///
/// # Errors
///
/// 401 `invalid_credential`, for whatever reason.
///
/// ```
/// use fw::{
///     auth::{Issued, SecurityAlert, SecurityAlerts, TokenPair, dto::RefreshBody, refresh_tokens},
///     db::Transaction,
///     prelude::*,
/// };
///
/// pub struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
///
/// impl SecurityAlerts for Users {
///     async fn alert(_: &AppContext, _: &Transaction, user: i64, alert: SecurityAlert) -> Result<()> {
///         tracing::info!(user, ?alert, "here a mail is enqueued");
///         Ok(())
///     }
/// }
///
/// async fn refresh(
///     _: Anyone,
///     State(ctx): State<AppContext>,
///     ValidJson(body): ValidJson<RefreshBody>,
/// ) -> Result<Issued<Json<TokenPair>>> {
///     refresh_tokens::<Users>(&ctx, &body.refresh_token).await
/// }
///
/// Routes::at("/tokens").with([post("/refresh", refresh)]);
/// ```
pub async fn refresh_tokens<A: SecurityAlerts>(
    ctx: &AppContext,
    token: &str,
) -> Result<Issued<Json<TokenPair>>> {
    match ctx.tokens().refresh::<A>(&ctx.db, token).await? {
        Refreshed::Tokens(tokens) => return Ok(Issued::new(Json(tokens))),
        Refreshed::Reused(session) => {
            ctx.db
                .transact(async |tx| {
                    let account = session.account;
                    let target = format!("sessions:{}", session.id);
                    log(ctx, tx, account, "session.token_reused", target).await?;
                    alert::<A>(ctx, tx, account, SecurityAlert::TokenReused).await
                })
                .await?;
        }
        Refreshed::Invalid => {}
    }
    Err(invalid_credential())
}
