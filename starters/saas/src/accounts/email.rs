//! The change of the address of an account: proven by the new one, and taken back by the old one.

use fw::{
    auth::{AuthContext, OneTime, revoke_one_time_tokens},
    prelude::*,
    sea_orm::IntoActiveModel,
};

use super::{
    dto::{EmailBody, TokenBody},
    links::{EmailChange, EmailRevert},
    mails::{About, AccountMail},
    model as users,
};
use crate::access::Recent;

/// Sends a link to a new address. The response does not tell whether it has an account; its owner is told.
pub async fn change(
    who: Recent,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<EmailBody>,
) -> Result<Accepted> {
    let about = About::EmailChange { account: who.id };
    AccountMail::request(&ctx, body.email, about).await?;
    Ok(Accepted)
}

/// Changes the address to the one that the link was sent to, and sends a link to the old one that takes it back.
pub async fn confirm(
    _: Anyone,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<TokenBody>,
) -> Result<NoContent> {
    ctx.db
        .transact(async |tx| {
            let link = OneTime::<EmailChange>::redeem_or_refuse(tx, &body.token, "/token").await?;
            let user = users::Model::of_token(tx, &link).await?;
            let (to, about) = (user.email.clone(), About::EmailChanged { account: user.id });
            // A link to choose a new password may be in the old mailbox.
            revoke_one_time_tokens(tx, user.id).await?;
            ctx.audit(tx, user.actor(), "email.changed", &user).await?;
            user.into_active_model()
                .with_email(link.data.email)
                .update(tx)
                .await?;
            AccountMail { to, about }.deliver_later_in(&ctx, tx).await?;
            Ok(NoContent)
        })
        .await
}

/// Takes a change back. Whoever made it knows the password: all sessions end, and a new one is chosen with a link of a mail.
pub async fn revert(
    _: Anyone,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<TokenBody>,
) -> Result<NoContent> {
    ctx.db
        .transact(async |tx| {
            let link = OneTime::<EmailRevert>::redeem_or_refuse(tx, &body.token, "/token").await?;
            let user = users::Model::of_token(tx, &link).await?;
            let (id, to) = (user.id, link.data.email);
            revoke_one_time_tokens(tx, id).await?;
            ctx.audit(tx, user.actor(), "email.reverted", &user).await?;
            let mut user = user.into_active_model().with_email(to.clone());
            user.password_hash = Set(None);
            user.update(tx).await?;
            ctx.sessions().end_all(tx, id, None).await?;
            let about = About::PasswordReset;
            AccountMail { to, about }.deliver_later_in(&ctx, tx).await?;
            Ok(NoContent)
        })
        .await
}
