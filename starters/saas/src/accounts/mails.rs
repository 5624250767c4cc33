//! The mails of accounts. Handlers enqueue one for any address; the job looks the account up, so that neither the response nor its time tells
//! whether there is one.

use std::time::Duration;

use fw::{
    auth::{EmailAddress, OneTime, OneTimeToken, OpaqueToken},
    dto::prelude::*,
    limits::Limit,
    mailer,
    prelude::*,
};

use super::{
    links::{EmailChange, EmailRevert, PasswordReset, Registration},
    model as users,
};

/// The mails that anybody can have sent to a mailbox.
const MAILS: Limit = Limit::new("account-mails", 3, Duration::from_hours(1));

/// A mail about an account.
#[derive(Serialize, Deserialize)]
pub struct AccountMail {
    pub to: EmailAddress,
    pub about: About,
}

/// The reason for which a mail is sent.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub enum About {
    Registration,
    PasswordReset,
    PasswordChanged,
    /// To the new address.
    EmailChange {
        account: i64,
    },
    /// To the former address.
    EmailChanged {
        account: i64,
    },
    TokenReused,
}

/// The text of a mail.
#[derive(Clone, Copy, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Text {
    Registration,
    AccountExists,
    PasswordReset,
    PasswordChanged,
    EmailChange,
    EmailChanged,
    TokenReused,
}

/// The variables of `account_mail.html`.
#[derive(JsonSchema, Serialize)]
pub struct AccountMailView {
    text: Text,
    link: Option<String>,
}

impl AccountMail {
    /// Enqueues a mail that anybody may ask for. Too many for one mailbox are silently left out.
    pub async fn request(ctx: &AppContext, to: EmailAddress, about: About) -> Result<()> {
        if ctx.limits.take(&MAILS, &to.mailbox()).await {
            Self { to, about }.deliver_later(ctx).await?;
        }
        Ok(())
    }
}

impl Mailer for AccountMail {
    const NAME: &'static str = "account_mail";
    const FOLDER: &'static str = "accounts";
    // The address.
    const ERASE_ARGUMENTS: bool = true;
    type View = AccountMailView;

    fn key(&self) -> Key {
        Key::none()
    }

    async fn mail(&self, ctx: &AppContext) -> Result<Mail<AccountMailView>> {
        let (to, key) = (self.to.clone(), self.to.key());
        let owner = users::Entity::find_by_email_key(&key).one(&ctx.db).await?;
        let owner = owner.filter(|owner| !owner.is_suspended);
        let (text, link) = match (self.about, owner) {
            (About::Registration, None) => {
                let token = OneTime::of(Registration { email: to }).email_key(key);
                let link = link(ctx, "/register/complete", token).await?;
                (Text::Registration, Some(link))
            }
            (About::EmailChange { account }, owner)
                if owner.as_ref().is_none_or(|owner| owner.id == account) =>
            {
                let token = OneTime::of(EmailChange { email: to }).account(account);
                let link = link(ctx, "/email/confirm", token).await?;
                (Text::EmailChange, Some(link))
            }
            (About::Registration | About::EmailChange { .. }, Some(_)) => {
                (Text::AccountExists, None)
            }
            (About::PasswordReset, Some(owner)) => {
                let token = OneTime::of(PasswordReset).account(owner.id);
                let link = link(ctx, "/password/reset", token).await?;
                (Text::PasswordReset, Some(link))
            }
            (About::EmailChanged { account }, _) => {
                let token = OneTime::of(EmailRevert { email: to }).account(account);
                let link = link(ctx, "/email/revert", token).await?;
                (Text::EmailChanged, Some(link))
            }
            (About::PasswordChanged, Some(_)) => (Text::PasswordChanged, None),
            (About::TokenReused, Some(_)) => (Text::TokenReused, None),
            // Nothing is sent.
            _ => return Err(Error::not_found()),
        };
        let to: mailer::Address = self.to.as_str().parse()?;
        Ok(Mail::to(to, AccountMailView { text, link }))
    }
}

/// The URL of a page that sends the token on. Change the paths here to those of your client.
async fn link<T: OneTimeToken>(ctx: &AppContext, path: &str, token: OneTime<T>) -> Result<String> {
    let token: OpaqueToken = token.issue(&ctx.db).await?;
    mailer::url(ctx, &format!("{path}?token={}", token.to_text()))
}
