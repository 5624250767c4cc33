//! Passwords: forgotten, and changed.

use fw::{
    auth::{AuthContext, Issued, OneTime, SessionKind, SignInClient},
    db::Transaction,
    prelude::*,
    sea_orm::IntoActiveModel,
};

use super::{
    dto::{EmailBody, PasswordBody, ResetBody},
    links::{EmailChange, PasswordReset},
    mails::{About, AccountMail},
    model as users,
    session::check_again,
};
use crate::access::SignedIn;

/// Sends a link to choose a new password, if there is such an account.
pub async fn forgot(
    _: Anyone,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<EmailBody>,
) -> Result<Accepted> {
    body.mail(About::PasswordReset, None).request(&ctx).await
}

/// Sets a new password with the link of a mail. All sessions end, and the sign-in is asked for as ever.
pub async fn reset(
    _: Anyone,
    State(ctx): State<AppContext>,
    client: SignInClient,
    ValidJson(body): ValidJson<ResetBody>,
) -> Result<Issued<NoContent>> {
    let link = OneTime::<PasswordReset>::find_or_refuse(&ctx.db, &body.token).await?;
    let user = users::Model::of_token(&ctx.db, &link).await?;
    let context = user.password_context();
    let hash = ctx.passwords().accept(&body.password, &context).await?;
    ctx.db
        .transact(async |tx| {
            OneTime::<PasswordReset>::redeem_or_refuse(tx, &body.token).await?;
            store(&ctx, tx, &user, hash).await?;
            ctx.sessions().end_all(tx, user.id, None).await?;
            ctx.audit(tx, user.actor(), "password.reset", &user).await
        })
        .await?;
    client.forgive(&ctx, &user.email_key).await;
    let known = client.remember(&user.email_key)?;
    Ok(ctx
        .sessions()
        .removed_cookie()
        .with(NoContent)
        .cookie(known))
}

/// Changes the password. All other sessions end, and this one gets a new cookie.
pub async fn change(
    who: SignedIn,
    State(ctx): State<AppContext>,
    client: SignInClient,
    ValidJson(body): ValidJson<PasswordBody>,
) -> Result<Issued<NoContent>> {
    let checked = check_again(&ctx, &client, who.id, &body.current_password).await?;
    let user = &checked.account;
    let context = user.password_context();
    let hash = ctx.passwords().accept(&body.password, &context).await?;
    let session = who.session();
    ctx.db
        .transact(async |tx| {
            checked.store(tx).await?;
            store(&ctx, tx, user, hash).await?;
            ctx.sessions().end_all(tx, who.id, Some(session.id)).await?;
            ctx.audit(tx, &who, "password.changed", user).await?;
            if session.kind == SessionKind::Token {
                return Ok(Issued::new(NoContent));
            }
            let session = ctx.sessions().renew(tx, session).await?;
            Ok(session.cookie.with(NoContent))
        })
        .await
}

/// Stores the hash of a new password, ends what the old one has allowed, and tells the owner. The sessions are ended behind it.
async fn store(
    ctx: &AppContext,
    tx: &Transaction,
    user: &users::Model,
    hash: String,
) -> Result<()> {
    let mut row = user.clone().into_active_model();
    row.password_hash = Set(Some(hash));
    row.update(tx).await?;
    OneTime::<PasswordReset>::revoke(tx, user.id).await?;
    OneTime::<EmailChange>::revoke(tx, user.id).await?;
    let mail = AccountMail::to_owner(user, About::PasswordChanged);
    mail.deliver_later_in(ctx, tx).await?;
    Ok(())
}
