//! The second factors of whoever is signed in: confirmed with and changed, with the events in the audit log and the alerts to the owner.

use sea_orm::prelude::Uuid;

use super::{
    alert::{SecurityAlert, SecurityAlerts},
    context::AuthContext,
    log::log,
    signed_in::SignedIn,
};
use crate::{
    auth::{Accounts, Activated, Answer, NewSession, RecoveryCodes},
    context::AppContext,
    db::Transaction,
    error::Result,
};

/// The second factor, asked for once more. The event is in the audit log, with the feature `audit`.
impl<A: Accounts> SignedIn<A> {
    /// Begins a session in the place of that of the request, whose person has confirmed with a code who they are:
    /// [`SecondFactor::confirm`](crate::auth::SecondFactor::confirm). See [`dto`](crate::auth::dto) for an example.
    ///
    /// # Errors
    ///
    /// 422 `invalid_code` at `/code`, and 429 with `Retry-After` after five wrong codes.
    pub async fn confirm_with_code(&self, ctx: &AppContext, code: &str) -> Result<NewSession> {
        // Not within a transaction: the limit of wrong codes may be counted by another server.
        let confirmed = ctx.second_factor().confirm(&ctx.db, self.session(), code);
        let session = confirmed.await?.or_invalid("/code")?;
        let target = format!("sessions:{}", session.session.id);
        ctx.db
            .transact(async |tx| log(ctx, tx, self, "session.confirmed", target).await)
            .await?;
        Ok(session)
    }
}

/// The second factors of the account, of which its owner is [told](SecurityAlerts). Each change is an event of the audit log, with the feature
/// `audit`. Ask for a [`Recent`](super::Recent) sign-in.
///
/// ```
/// use fw::{
///     auth::{Activated, Issued, OneFactor, Recent, RecoveryCodes, SecurityAlert, SecurityAlerts, SignedIn, dto::ActivateBody},
///     db::Transaction,
///     dto::prelude::Uuid,
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
/// async fn activate(
///     who: Recent<OneFactor<Users>>,
///     State(ctx): State<AppContext>,
///     ValidJson(body): ValidJson<ActivateBody>,
/// ) -> Result<Activated> {
///     who.activate_factor(&ctx, body.id, &body.code).await
/// }
///
/// async fn remove(who: Recent<SignedIn<Users>>, State(ctx): State<AppContext>, Path(id): Path<Uuid>) -> Result<NoContent> {
///     who.remove_factor(&ctx, id).await?;
///     Ok(NoContent)
/// }
///
/// async fn recovery_codes(who: Recent<SignedIn<Users>>, State(ctx): State<AppContext>) -> Result<Issued<Json<RecoveryCodes>>> {
///     let codes = who.renew_recovery_codes(&ctx).await?;
///     Ok(Issued::new(Json(codes)))
/// }
///
/// Routes::new().with([post("/totp/confirm", activate), delete("/factors/{id}", remove), post("/recovery-codes", recovery_codes)]);
/// ```
impl<A: SecurityAlerts> SignedIn<A> {
    /// Makes an enrolled app count, with a first code of it: [`SecondFactor::activate`](crate::auth::SecondFactor::activate).
    ///
    /// # Errors
    ///
    /// 422 `invalid_code` at `/code`, and 404 if there is no such enrolment.
    pub async fn activate_factor(
        &self,
        ctx: &AppContext,
        id: Uuid,
        code: &str,
    ) -> Result<Activated> {
        let answer = ctx.db.transact(async |tx| {
            let second_factor = ctx.second_factor();
            let answer = second_factor.activate(tx, self.session(), id, code).await?;
            if let Answer::Accepted(_) = answer {
                let target = format!("factors:{id}");
                self.changed(ctx, tx, "second_factor.added", target).await?;
            }
            Ok(answer)
        });
        answer.await?.or_invalid("/code")
    }

    /// Takes an app away: [`SecondFactor::remove`](crate::auth::SecondFactor::remove).
    ///
    /// # Errors
    ///
    /// 404 if the account has no such app, and 409 `second_factor_required` if it is the last one of an account that needs one.
    pub async fn remove_factor(&self, ctx: &AppContext, id: Uuid) -> Result<()> {
        ctx.db
            .transact(async |tx| {
                let second_factor = ctx.second_factor();
                second_factor
                    .remove(tx, self.session(), id, self.standing())
                    .await?;
                let target = format!("factors:{id}");
                self.changed(ctx, tx, "second_factor.removed", target).await
            })
            .await
    }

    /// Gives new recovery codes in the place of those that there are: [`SecondFactor::renew_recovery_codes`](crate::auth::SecondFactor::renew_recovery_codes).
    ///
    /// # Errors
    ///
    /// 409 `no_second_factor` if there is nothing that they could stand in for.
    pub async fn renew_recovery_codes(&self, ctx: &AppContext) -> Result<RecoveryCodes> {
        ctx.db
            .transact(async |tx| {
                let second_factor = ctx.second_factor();
                let codes = second_factor
                    .renew_recovery_codes(tx, self.session())
                    .await?;
                let target = self.name();
                self.changed(ctx, tx, "recovery_codes.renewed", target)
                    .await?;
                Ok(codes)
            })
            .await
    }

    async fn changed(
        &self,
        ctx: &AppContext,
        tx: &Transaction,
        action: &str,
        target: String,
    ) -> Result<()> {
        log(ctx, tx, self, action, target).await?;
        A::alert(ctx, tx, self.id, SecurityAlert::SecondFactorChanged).await
    }
}
