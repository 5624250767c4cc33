//! The change of the address of an account: proven by the new one, and taken back by the old one.

use fw::{auth::prelude::*, prelude::*, sea_orm::IntoActiveModel};

use super::{
    links::{EmailChange, EmailRevert, PasswordReset},
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
    AccountMail::request(&ctx, body.email, About::EmailChange, Some(who.id)).await
}

/// Changes the address to the one that the link was sent to, and sends a link to the old one that takes it back.
pub async fn confirm(
    _: Anyone,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<TokenBody>,
) -> Result<NoContent> {
    ctx.db
        .transact(async |tx| {
            let link = OneTime::<EmailChange>::redeem_or_refuse(tx, &body.token).await?;
            let user = users::Model::of_token(tx, &link).await?;
            AccountMail::to_owner(&ctx, tx, &user, About::EmailChanged).await?;
            // It may be in the old mailbox.
            OneTime::<PasswordReset>::revoke(tx, user.id).await?;
            ctx.audit(tx, user.actor(), "email.changed", &user).await?;
            user.into_active_model()
                .with_email(link.data.email)
                .update(tx)
                .await?;
            Ok(NoContent)
        })
        .await
}

/// Takes a change back. Whoever made it knows the password: all sessions, API keys and the second factors since then end, and a new one is chosen
/// with a link of a mail.
pub async fn revert(
    _: Anyone,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<TokenBody>,
) -> Result<NoContent> {
    ctx.db
        .transact(async |tx| {
            let link = OneTime::<EmailRevert>::redeem_or_refuse(tx, &body.token).await?;
            let user = users::Model::of_token(tx, &link).await?;
            link.revoke_newer(tx).await?;
            OneTime::<PasswordReset>::revoke(tx, user.id).await?;
            OneTime::<EmailChange>::revoke(tx, user.id).await?;
            OneTime::<Invitation>::revoke(tx, user.id).await?;
            ctx.audit(tx, user.actor(), "email.reverted", &user).await?;
            let mut user = user.into_active_model().with_email(link.data.email.clone());
            user.password_hash = Set(None);
            let user = user.update(tx).await?;
            ctx.second_factor().remove_newer(tx, &link).await?;
            ctx.api_keys().revoke_all(tx, user.id).await?;
            AccountMail::to_owner(&ctx, tx, &user, About::PasswordReset).await?;
            Ok(NoContent)
        })
        .await
}
