//! The bodies of requests and responses.

use fw::{
    auth::{EmailAddress, Session},
    dto::prelude::*,
};

use super::{
    mails::{About, AccountMail},
    model::Model,
};

/// An address that a mail is sent to.
#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct EmailBody {
    #[garde(skip)]
    pub email: EmailAddress,
}

impl EmailBody {
    /// The mail to the address; `account` is that of whoever is signed in.
    pub fn mail(self, about: About, account: Option<i64>) -> AccountMail {
        let to = self.email;
        AccountMail { to, about, account }
    }
}

/// The token of a link in a mail.
#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    #[garde(length(max = 100))]
    pub token: String,
}

/// The rest of a registration.
#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CompleteBody {
    #[garde(length(max = 100))]
    pub token: String,
    #[garde(length(chars, min = 1, max = 100))]
    pub name: String,
    #[garde(length(max = 1024))]
    #[schemars(extend("writeOnly" = true))]
    pub password: String,
}

/// A sign-in.
#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SignInBody {
    #[garde(skip)]
    pub email: EmailAddress,
    #[garde(length(max = 1024))]
    #[schemars(extend("writeOnly" = true))]
    pub password: String,
    /// Whether the session survives the end of the browser.
    #[garde(skip)]
    #[serde(default)]
    pub remember: bool,
}

/// The password of the person who is signed in, asked for once more.
#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ConfirmBody {
    #[garde(length(max = 1024))]
    #[schemars(extend("writeOnly" = true))]
    pub password: String,
}

/// The answer to a challenge.
#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AnswerBody {
    #[garde(length(max = 100))]
    pub secret: String,
    /// The code of the app, or a recovery code.
    #[garde(length(max = 100))]
    pub code: String,
}

/// A code of somebody who is signed in.
#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CodeBody {
    /// The code of the app, or a recovery code.
    #[garde(length(max = 100))]
    pub code: String,
}

/// An app that makes codes.
#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct EnrolBody {
    #[garde(length(chars, min = 1, max = 80))]
    pub name: String,
}

/// The first code of an app.
#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ActivateBody {
    #[garde(skip)]
    pub id: Uuid,
    #[garde(length(max = 100))]
    pub code: String,
}

/// A refresh token.
#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RefreshBody {
    #[garde(length(max = 100))]
    pub refresh_token: String,
}

/// A new password, with the token of a mail.
#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ResetBody {
    #[garde(length(max = 100))]
    pub token: String,
    #[garde(length(max = 1024))]
    #[schemars(extend("writeOnly" = true))]
    pub password: String,
}

/// A new password, with the present one.
#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    #[garde(length(max = 1024))]
    #[schemars(extend("writeOnly" = true))]
    pub current_password: String,
    #[garde(length(max = 1024))]
    #[schemars(extend("writeOnly" = true))]
    pub password: String,
}

/// A change of an account: absent fields stay as they are.
#[derive(Default, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct AccountPatch {
    #[garde(length(chars, min = 1, max = 100))]
    pub name: Patch<String>,
}

/// An account as its owner gets it.
#[derive(JsonSchema, Serialize)]
pub struct AccountView {
    pub id: i64,
    pub email: EmailAddress,
    pub name: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

/// The session that a request belongs to.
#[derive(JsonSchema, Serialize)]
pub struct CurrentSession {
    pub session: Session,
    pub account: AccountView,
    /// The names of the permissions; `posts:*` is all of `posts`.
    pub permissions: Vec<String>,
}

impl From<Model> for AccountView {
    fn from(user: Model) -> Self {
        Self {
            id: user.id,
            email: user.email,
            name: user.name,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}
