//! Registration: an account is born from a mailbox that is proven, so there is nothing to take over before.

use fw::{
    auth::{Either, prelude::*},
    prelude::*,
};

use super::{
    Users,
    dto::{AccountView, CompleteBody},
    mails::{About, AccountMail},
    model as users,
};
use crate::access::OneFactor;

/// Sends a link to complete a registration, or says to whom has an account that there is one.
pub async fn create(
    _: Anyone,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<EmailBody>,
) -> Result<Accepted> {
    AccountMail::request(&ctx, body.email, About::Registration, None).await
}

/// Creates the account of the address that the link of a registration or an invitation was sent to, and signs in.
pub async fn complete(
    who: Either<OneFactor, Anyone>,
    State(ctx): State<AppContext>,
    client: SignInClient,
    ValidJson(body): ValidJson<CompleteBody>,
) -> Result<Issued<Created<AccountView>>> {
    if let Either::Left(_) = who {
        return Err(Error::forbidden().detail("sign out first: the link is for another account"));
    }
    let mailbox = ProvenMailbox::find_or_refuse::<Users>(&ctx, &body.token).await?;
    let email = mailbox.email.clone();
    let context = PasswordContext::of([email.as_str(), &body.name]);
    let hash = ctx.passwords().accept(&body.password, &context).await?;
    let known = client.remember(&email.key())?;
    let session = ctx.db.transact(async |tx| {
        mailbox.redeem(tx).await?;
        let user = users::ActiveModel::of(email, body.name, hash)
            .insert(tx)
            .await?;
        ctx.audit(tx, user.actor(), "account.created", &user)
            .await?;
        mailbox.assign_roles(&ctx, tx, &user).await?;
        let sign_in = SignIn::of(user.id, "password").from(&client.device);
        Ok((ctx.sessions().start(tx, sign_in).await?, user))
    });
    let (session, user) = session.await?;
    let created = Created::at("/api/v1/auth/account", user.into());
    Ok(session.cookie.with(created).cookie(known))
}
