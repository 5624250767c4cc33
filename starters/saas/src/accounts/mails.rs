//! The mails of accounts. Handlers enqueue one for any address; the job looks the account up, so that neither the response nor its time tells
//! whether there is one.

use std::time::Duration;

use fw::{auth::prelude::*, db::Transaction, dto::prelude::*, limits::Limit, mailer, prelude::*};

use super::{
    Users,
    links::{EmailChange, EmailRevert, PasswordReset},
    model as users,
};

/// The mails that anybody can have sent to a mailbox.
const MAILS: Limit = Limit::new("account-mails", 3, Duration::from_hours(1));

/// A mail about an account.
#[derive(Serialize, Deserialize)]
pub struct AccountMail {
    pub to: EmailAddress,
    pub about: About,
    /// The account; `None` for that of the address, if it has one.
    pub account: Option<i64>,
}

/// The matter of a mail.
#[derive(Clone, Copy, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    Registration,
    Invitation,
    AccountExists,
    PasswordReset,
    PasswordChanged,
    EmailChange,
    EmailChanged,
    TokenReused,
    SecondFactorChanged,
    SecondFactorRefused,
    ApiKeyCreated,
}

/// The variables of `account_mail.html`.
#[derive(JsonSchema, Serialize)]
pub struct AccountMailView {
    about: About,
    link: Option<String>,
}

impl AccountMail {
    /// Enqueues a mail to the owner of an account, as part of the transaction of what it is about.
    pub async fn to_owner(
        ctx: &AppContext,
        tx: &Transaction,
        user: &users::Model,
        about: About,
    ) -> Result<()> {
        let (to, account) = (user.email.clone(), Some(user.id));
        let mail = Self { to, about, account };
        mail.deliver_later_in(ctx, tx).await?;
        Ok(())
    }

    /// Enqueues a mail that anybody may ask for; `account` is that of whoever is signed in. Too many for one mailbox are silently left out.
    pub async fn request(
        ctx: &AppContext,
        to: EmailAddress,
        about: About,
        account: Option<i64>,
    ) -> Result<Accepted> {
        if ctx.limits.take(&MAILS, &to.mailbox()).await {
            let mail = Self { to, about, account };
            mail.deliver_later(ctx).await?;
        }
        Ok(Accepted)
    }
}

/// The mails about what the framework notices.
impl SecurityAlerts for Users {
    async fn alert(
        ctx: &AppContext,
        tx: &Transaction,
        id: i64,
        alert: SecurityAlert,
    ) -> Result<()> {
        let user = users::Model::get(tx, id).await?;
        let about = match alert {
            SecurityAlert::TokenReused => About::TokenReused,
            SecurityAlert::SecondFactorChanged => About::SecondFactorChanged,
            SecurityAlert::SecondFactorRefused => About::SecondFactorRefused,
            SecurityAlert::ApiKeyCreated => About::ApiKeyCreated,
        };
        AccountMail::to_owner(ctx, tx, &user, about).await
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
        let (email, key) = (self.to.clone(), self.to.key());
        let owner = users::Model::active(&ctx.db, &key).await?;
        let owner = owner.map(|user| user.id);
        let about = match self.about {
            About::Registration | About::Invitation if owner.is_some() => About::AccountExists,
            About::EmailChange if owner.is_some() && owner != self.account => About::AccountExists,
            about => about,
        };
        let link = match (about, self.account.or(owner)) {
            (About::Registration, _) => {
                let token = OneTime::of(Registration { email }).email_key(key);
                Some(link(ctx, "/register/complete", token).await?)
            }
            (About::Invitation, _) => {
                let secret = Invitation::secret(&ctx.db, &email).await?;
                Some(url(ctx, "/register/complete", &secret)?)
            }
            (About::PasswordReset, Some(account)) => {
                let token = OneTime::of(PasswordReset).account(account);
                Some(link(ctx, "/password/reset", token).await?)
            }
            (About::EmailChange, Some(account)) => {
                let token = OneTime::of(EmailChange { email }).account(account);
                Some(link(ctx, "/email/confirm", token).await?)
            }
            (About::EmailChanged, Some(account)) => {
                let token = OneTime::of(EmailRevert { email }).account(account);
                Some(link(ctx, "/email/revert", token).await?)
            }
            // Nobody has such an account: nothing is sent.
            (_, None) => return Err(Error::not_found()),
            (_, Some(_)) => None,
        };
        let to: mailer::Address = self.to.as_str().parse()?;
        Ok(Mail::to(to, AccountMailView { about, link }))
    }
}

/// The URL of a page that sends the token on. Change the paths above to those of your client.
async fn link<T: OneTimeToken>(ctx: &AppContext, path: &str, token: OneTime<T>) -> Result<String> {
    url(ctx, path, &token.issue(&ctx.db).await?)
}

fn url(ctx: &AppContext, path: &str, secret: &OpaqueToken) -> Result<String> {
    mailer::url(ctx, &format!("{path}?token={}", secret.to_text()))
}
