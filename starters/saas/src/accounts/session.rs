//! The session: sign-in, sign-out, and the password once more before what matters.

use fw::{auth::prelude::*, prelude::*};

use super::{
    dto::{AccountView, SignInBody},
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
pub async fn show(
    who: OneFactor,
    State(ctx): State<AppContext>,
) -> Result<Json<CurrentSession<AccountView>>> {
    let user = users::Model::get(&ctx.db, who.id).await?;
    Ok(Json(who.current_session(user.into())))
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
) -> Result<NewSession> {
    let checked = check_again(&ctx, &client, who.id, &body.password).await?;
    checked.confirm(&ctx, &who).await
}

/// The first step of a sign-in: the password.
pub async fn sign_in(
    ctx: &AppContext,
    client: &SignInClient,
    body: &SignInBody,
    kind: SessionKind,
) -> Result<(users::Model, SignInStep)> {
    let email = body.email.key();
    let user = users::Model::active(&ctx.db, &email).await?;
    let hash = users::Column::PasswordHash;
    let checked = client
        .check_password(ctx, &email, user, hash, &body.password)
        .await?;
    let step = checked.sign_in(ctx, kind, body.remember).await?;
    Ok((checked.account, step))
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
