//! The sessions of whoever is signed in: listed and ended, with the events in the audit log.

use sea_orm::prelude::Uuid;
use serde::Serialize;

use super::{context::AuthContext, issued::Issued, log::log, signed_in::SignedIn};
use crate::{
    auth::{Accounts, EndReason, Session, SessionCookie, SessionKind},
    context::AppContext,
    controller::NoContent,
    db::Transaction,
    error::{Error, Result},
};

/// A session in the list of its owner. See [`SignedIn::sessions`] for an example.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SessionView {
    /// The session.
    #[serde(flatten)]
    pub session: Session,
    /// True if it is that of the request.
    pub is_current: bool,
}

/// The session of a request, with its account as the application shows it. See [`SignedIn::current_session`] for an example.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "CurrentSession"))]
pub struct CurrentSession<V> {
    /// The session.
    pub session: Session,
    /// The account.
    pub account: V,
    /// The names of the permissions; `posts:*` is all of `posts`.
    pub permissions: Vec<String>,
}

/// The sessions of the account. Each end is an event of the audit log, with the feature `audit`.
impl<A: Accounts> SignedIn<A> {
    /// The sessions of the account, those that were used last first.
    ///
    /// ```
    /// # pub struct Users;
    /// # impl fw::auth::Accounts for Users {
    /// #     type Id = i64;
    /// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
    /// # }
    /// use fw::{auth::{Issued, Recent, SessionView}, dto::prelude::Uuid, prelude::*};
    ///
    /// type SignedIn = fw::auth::SignedIn<Users>;
    ///
    /// async fn list(who: SignedIn, State(ctx): State<AppContext>) -> Result<Json<Vec<SessionView>>> {
    ///     Ok(Json(who.sessions(&ctx).await?))
    /// }
    ///
    /// async fn sign_out(who: SignedIn, State(ctx): State<AppContext>) -> Result<Issued<NoContent>> {
    ///     Ok(who.sign_out(&ctx).await?.with(NoContent))
    /// }
    ///
    /// async fn end(who: Recent<SignedIn>, State(ctx): State<AppContext>, Path(id): Path<Uuid>) -> Result<NoContent> {
    ///     who.end_session(&ctx, id).await?;
    ///     Ok(NoContent)
    /// }
    ///
    /// Routes::new().with([get("/sessions", list), delete("/session", sign_out), delete("/sessions/{id}", end)]);
    /// ```
    pub async fn sessions(&self, ctx: &AppContext) -> Result<Vec<SessionView>> {
        let sessions = ctx.sessions().list(&ctx.db, self.id).await?.into_iter();
        let views = sessions.map(|session| SessionView {
            is_current: session.id == self.session().id,
            session,
        });
        Ok(views.collect())
    }

    /// The session of the request, with its account as the application shows it, and its permissions: for clients to know who is signed in.
    ///
    /// ```
    /// # pub struct Users;
    /// # impl fw::auth::Accounts for Users {
    /// #     type Id = i64;
    /// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
    /// # }
    /// use fw::{auth::{CurrentSession, SignedIn}, dto::prelude::*, prelude::*};
    ///
    /// #[derive(Serialize, JsonSchema)]
    /// struct AccountView {
    ///     id: i64,
    /// }
    ///
    /// async fn show(who: SignedIn<Users>) -> Json<CurrentSession<AccountView>> {
    ///     let account = AccountView { id: who.id };
    ///     Json(who.current_session(account))
    /// }
    ///
    /// Routes::new().with([get("/session", show)]);
    /// ```
    pub fn current_session<V>(&self, account: V) -> CurrentSession<V> {
        CurrentSession {
            session: self.session().clone(),
            account,
            permissions: self.grants().names().map(str::to_owned).collect(),
        }
    }

    /// Ends the session of the request, and returns the removal of its cookie.
    pub async fn sign_out(&self, ctx: &AppContext) -> Result<SessionCookie> {
        let session = self.session().id;
        self.end(ctx, session, EndReason::SignedOut).await?;
        Ok(ctx.sessions().removed_cookie())
    }

    /// Ends one session of the account.
    ///
    /// # Errors
    ///
    /// 404 if the account has none with this id: that of somebody else is not found.
    pub async fn end_session(&self, ctx: &AppContext, session: Uuid) -> Result<()> {
        if self.end(ctx, session, EndReason::Revoked).await? {
            return Ok(());
        }
        Err(Error::not_found())
    }

    /// Ends all sessions of the account but that of the request.
    pub async fn end_other_sessions(&self, ctx: &AppContext) -> Result<()> {
        let (id, current) = (self.id, self.session().id);
        ctx.db
            .transact(async |tx| {
                ctx.sessions().end_all(tx, id, Some(current)).await?;
                let all = self.name();
                log(ctx, tx, self, "sessions.ended", all).await
            })
            .await
    }

    /// Ends all other sessions of the account, and gives that of a browser a new cookie: in the transaction of a new password, for example, after which
    /// none of the credentials from before counts.
    pub async fn renew_session(
        &self,
        ctx: &AppContext,
        tx: &Transaction,
    ) -> Result<Issued<NoContent>> {
        let (sessions, current) = (ctx.sessions(), self.session());
        sessions.end_all(tx, self.id, Some(current.id)).await?;
        if current.kind == SessionKind::Token {
            return Ok(Issued::new(NoContent));
        }
        let renewed = sessions.renew(tx, current).await?;
        Ok(renewed.cookie.with(NoContent))
    }

    async fn end(&self, ctx: &AppContext, session: Uuid, reason: EndReason) -> Result<bool> {
        ctx.db
            .transact(async |tx| {
                let was_there = ctx.sessions().end(tx, self.id, session, reason).await?;
                if was_there {
                    let target = format!("sessions:{session}");
                    log(ctx, tx, self, "session.ended", target).await?;
                }
                Ok(was_there)
            })
            .await
    }
}
