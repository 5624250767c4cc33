//! The API keys of whoever is signed in: created, rotated and revoked, with the events in the audit log and the alerts to the owner.

use std::time::Duration;

use super::{
    alert::{SecurityAlert, SecurityAlerts},
    context::AuthContext,
    log::log,
    signed_in::SignedIn,
};
use crate::{
    auth::{CreatedApiKey, NewApiKey, dto::ApiKeyBody},
    context::AppContext,
    db::Transaction,
    error::{Error, Result},
    model::OrNotFound,
};

/// The API keys of the account, of whose creation its owner is [told](SecurityAlerts). Each change is an event of the audit log, with the feature
/// `audit`. Ask for a [`Recent`](super::Recent) sign-in.
impl<A: SecurityAlerts> SignedIn<A> {
    /// Creates a key with some of the permissions of the caller: [`ApiKeys::create`](crate::auth::ApiKeys::create).
    ///
    /// # Errors
    ///
    /// 422 `unknown_permission` or `not_granted` at `/permissions/0` and so on, and 409 if the account has 100 keys.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use fw::{
    ///     auth::{CreatedApiKey, Issued, Recent, SecurityAlert, SecurityAlerts, SignedIn, dto::ApiKeyBody},
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
    /// type RecentlySignedIn = Recent<SignedIn<Users>>;
    ///
    /// const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    ///
    /// async fn create(
    ///     who: RecentlySignedIn,
    ///     State(ctx): State<AppContext>,
    ///     ValidJson(body): ValidJson<ApiKeyBody>,
    /// ) -> Result<Issued<Json<CreatedApiKey>>> {
    ///     Ok(Issued::new(Json(who.create_api_key(&ctx, body).await?)))
    /// }
    ///
    /// /// The former key is valid for another day.
    /// async fn rotate(who: RecentlySignedIn, State(ctx): State<AppContext>, Path(id): Path<Id>) -> Result<Issued<Json<CreatedApiKey>>> {
    ///     Ok(Issued::new(Json(who.rotate_api_key(&ctx, id, DAY).await?)))
    /// }
    ///
    /// async fn revoke(who: RecentlySignedIn, State(ctx): State<AppContext>, Path(id): Path<Id>) -> Result<NoContent> {
    ///     who.revoke_api_key(&ctx, id).await?;
    ///     Ok(NoContent)
    /// }
    ///
    /// Routes::at("/api-keys").with([post("/", create), post("/{id}/rotate", rotate), delete("/{id}", revoke)]);
    /// ```
    pub async fn create_api_key(
        &self,
        ctx: &AppContext,
        body: ApiKeyBody,
    ) -> Result<CreatedApiKey> {
        const DAY: Duration = Duration::from_hours(24);
        let new = NewApiKey::new(body.name).can_named(body.permissions);
        let new = match body.expires_in_days {
            Some(days) => new.expires_in(DAY * days),
            None => new,
        };
        ctx.db
            .transact(async |tx| {
                let keys = ctx.api_keys();
                let created = keys.create(tx, self.id, new, self.grants()).await?;
                self.key_created(ctx, tx, "api_key.created", &created)
                    .await?;
                Ok(created)
            })
            .await
    }

    /// Creates a key in the place of another one, which is valid for `overlap` from now on: [`ApiKeys::rotate`](crate::auth::ApiKeys::rotate).
    ///
    /// # Errors
    ///
    /// 404 if the account has no such key, or another one took its place before.
    pub async fn rotate_api_key(
        &self,
        ctx: &AppContext,
        id: i64,
        overlap: Duration,
    ) -> Result<CreatedApiKey> {
        ctx.db
            .transact(async |tx| {
                let rotated = ctx.api_keys().rotate(tx, self.id, id, overlap).await?;
                let created = rotated.or_not_found()?;
                self.key_created(ctx, tx, "api_key.rotated", &created)
                    .await?;
                Ok(created)
            })
            .await
    }

    /// Ends a key.
    ///
    /// # Errors
    ///
    /// 404 if the account has no such key: that of somebody else is not found.
    pub async fn revoke_api_key(&self, ctx: &AppContext, id: i64) -> Result<()> {
        ctx.db
            .transact(async |tx| {
                if !ctx.api_keys().revoke(tx, self.id, id).await? {
                    return Err(Error::not_found());
                }
                log(ctx, tx, self, "api_key.revoked", format!("api_keys:{id}")).await
            })
            .await
    }

    async fn key_created(
        &self,
        ctx: &AppContext,
        tx: &Transaction,
        action: &str,
        created: &CreatedApiKey,
    ) -> Result<()> {
        let target = format!("api_keys:{}", created.key.id);
        log(ctx, tx, self, action, target).await?;
        A::alert(ctx, tx, self.id, SecurityAlert::ApiKeyCreated).await
    }
}
