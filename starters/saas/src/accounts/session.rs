//! The session of a browser: sign-in, sign-out, and the password once more before what matters.

use fw::{
    auth::{AuthContext, CheckedPassword, Issued, SessionKind, SignInClient, SignInStep},
    prelude::*,
};

use super::{
    dto::{AccountView, ConfirmBody, CurrentSession, SignInBody},
    model as users,
};
use crate::access::OneFactor;

/// Signs in: an account with a second factor gets a challenge, and its session for the answer.
pub async fn create(
    _: Anyone,
    State(ctx): State<AppContext>,
    client: SignInClient,
    ValidJson(body): ValidJson<SignInBody>,
) -> Result<SignInStep<Json<AccountView>>> {
    let (user, step) = sign_in(&ctx, &client, &body, SessionKind::Browser).await?;
    Ok(step.with(Json(user.into())))
}

/// Shows who is signed in, and what they may do.
pub async fn show(who: OneFactor, State(ctx): State<AppContext>) -> Result<Json<CurrentSession>> {
    let user = users::Model::get(&ctx.db, who.id).await?;
    Ok(Json(CurrentSession {
        session: who.session().clone(),
        account: user.into(),
        permissions: who.grants().names().map(str::to_owned).collect(),
    }))
}

/// Signs out.
pub async fn destroy(who: OneFactor, State(ctx): State<AppContext>) -> Result<Issued<NoContent>> {
    Ok(who.sign_out(&ctx).await?.with(NoContent))
}

/// Confirms a session with the password, before what only a recent sign-in may do.
pub async fn confirm(
    who: OneFactor,
    State(ctx): State<AppContext>,
    client: SignInClient,
    ValidJson(body): ValidJson<ConfirmBody>,
) -> Result<Issued<NoContent>> {
    let checked = check_again(&ctx, &client, who.id, &body.password).await?;
    let session = ctx.db.transact(async |tx| {
        checked.store(tx).await?;
        ctx.audit(tx, &who, "session.confirmed", &checked.account)
            .await?;
        ctx.sessions()
            .confirm(tx, who.id, who.session().id, "password")
            .await
    });
    Ok(session.await?.cookie.with(NoContent))
}

/// The first step of a sign-in: the password.
pub async fn sign_in(
    ctx: &AppContext,
    client: &SignInClient,
    body: &SignInBody,
    kind: SessionKind,
) -> Result<(users::Model, SignInStep)> {
    let checked = authenticate(ctx, client, body).await?;
    let user = &checked.account;
    let sign_in = client
        .sign_in(user.id, &user.email_key)
        .remembered(body.remember);
    let known = client.remember(&user.email_key)?;
    let step = ctx.db.transact(async |tx| {
        checked.store(tx).await?;
        let step = ctx.second_factor().sign_in(tx, sign_in, kind).await?;
        let action = match &step {
            SignInStep::SignedIn(_) => "session.started",
            SignInStep::Challenge(_) => "session.challenged",
        };
        ctx.audit(tx, user.actor(), action, user).await?;
        Ok(step)
    });
    let step = step.await?.cookie(known);
    Ok((checked.account, step))
}

/// The account of an address and a password.
async fn authenticate(
    ctx: &AppContext,
    client: &SignInClient,
    body: &SignInBody,
) -> Result<CheckedPassword<users::Model>> {
    let email = body.email.key();
    let user = users::Entity::find_by_email_key(&email)
        .one(&ctx.db)
        .await?;
    // A suspended account is refused as an unknown one.
    let user = user.filter(|user| !user.is_suspended);
    let hash = users::Column::PasswordHash;
    client
        .check_password(ctx, &email, user, hash, &body.password)
        .await
}

/// The account of somebody who is signed in and shows the password again.
pub async fn check_again(
    ctx: &AppContext,
    client: &SignInClient,
    user: i64,
    password: &str,
) -> Result<CheckedPassword<users::Model>> {
    let user = users::Model::get(&ctx.db, user).await?;
    let email = user.email_key.clone();
    let hash = users::Column::PasswordHash;
    client
        .check_password(ctx, &email, Some(user), hash, password)
        .await
}
