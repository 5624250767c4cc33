//! Passwords: forgotten, and changed.

use fw::{auth::prelude::*, db::Transaction, prelude::*, sea_orm::IntoActiveModel};

use super::{
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
    AccountMail::request(&ctx, body.email, About::PasswordReset, None).await
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
            OneTime::<Invitation>::revoke(tx, user.id).await?;
            ctx.audit(tx, user.actor(), "password.reset", &user).await
        })
        .await?;
    client.forgive(&ctx, &user.email_key).await;
    let known = client.remember(&user.email_key)?;
    let signed_out = ctx.sessions().removed_cookie();
    Ok(signed_out.with(NoContent).cookie(known))
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
    ctx.db
        .transact(async |tx| {
            checked.store(tx).await?;
            store(&ctx, tx, user, hash).await?;
            ctx.audit(tx, &who, "password.changed", user).await?;
            who.renew_session(&ctx, tx).await
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
    AccountMail::to_owner(ctx, tx, user, About::PasswordChanged).await
}
