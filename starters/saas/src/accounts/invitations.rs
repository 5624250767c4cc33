//! Invitations: those who may invite have a link sent with which an account is made, and give it roles that they may give.

use fw::{auth::prelude::*, prelude::*};

use super::mails::{About, AccountMail};
use crate::access::{Can, Recent, roles::Invite};

/// Sends an invitation. The response does not tell whether the address has an account; its owner is told.
pub async fn create(
    who: Recent<Can<Invite>>,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<InvitationBody>,
) -> Result<Accepted> {
    who.invite(&ctx, &body).await?;
    AccountMail::request(&ctx, body.email, About::Invitation, None).await
}

/// Takes the invitation of an address back.
pub async fn withdraw(
    who: Recent<Can<Invite>>,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<EmailBody>,
) -> Result<NoContent> {
    who.withdraw_invitation(&ctx, &body.email).await?;
    Ok(NoContent)
}
