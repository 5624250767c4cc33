//! The tokens of clients that are no browsers.

use fw::{
    auth::{
        AuthContext, Issued, Refreshed, Session, SessionKind, SignInClient, SignInStep, TokenPair,
        invalid_credential,
    },
    prelude::*,
};

use super::{
    Users,
    dto::{ConfirmBody, RefreshBody, SignInBody},
    mails::{About, AccountMail},
    model as users,
    session::{check_again, sign_in},
};
use crate::access::OneFactor;

/// Signs a client in.
pub async fn create(
    _: Anyone,
    State(ctx): State<AppContext>,
    client: SignInClient,
    ValidJson(body): ValidJson<SignInBody>,
) -> Result<SignInStep> {
    let (_, step) = sign_in(&ctx, &client, &body, SessionKind::Token).await?;
    Ok(step)
}

/// Gives the next tokens for a refresh token, which can be used once.
pub async fn refresh(
    _: Anyone,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<RefreshBody>,
) -> Result<Issued<Json<TokenPair>>> {
    match ctx
        .tokens()
        .refresh::<Users>(&ctx.db, &body.refresh_token)
        .await?
    {
        Refreshed::Tokens(tokens) => return Ok(Issued::new(Json(tokens))),
        Refreshed::Reused(session) => report_reuse(&ctx, &session).await?,
        _ => {}
    }
    Err(invalid_credential())
}

/// Confirms the session of a client with the password, before what only a recent sign-in may do.
pub async fn confirm(
    who: OneFactor,
    State(ctx): State<AppContext>,
    client: SignInClient,
    ValidJson(body): ValidJson<ConfirmBody>,
) -> Result<Issued<Json<TokenPair>>> {
    let checked = check_again(&ctx, &client, who.id, &body.password).await?;
    let tokens = ctx.db.transact(async |tx| {
        checked.store(tx).await?;
        ctx.audit(tx, &who, "session.confirmed", &checked.account)
            .await?;
        ctx.tokens()
            .confirm(tx, who.id, who.session().id, "password")
            .await
    });
    Ok(Issued::new(Json(tokens.await?)))
}

/// Tells the owner of a session that has ended because two clients had its token: one of them is a thief.
async fn report_reuse(ctx: &AppContext, session: &Session) -> Result<()> {
    let owner = users::Entity::find().filter(users::Column::Id.eq(session.account));
    let Some(owner) = owner.one(&ctx.db).await? else {
        return Ok(());
    };
    let target = format!("sessions:{}", session.id);
    ctx.audit_alone(owner.actor(), "session.token_reused", target)
        .await?;
    let mail = AccountMail::to_owner(&owner, About::TokenReused);
    mail.deliver_later(ctx).await?;
    Ok(())
}
