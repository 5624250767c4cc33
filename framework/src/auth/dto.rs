//! The bodies of requests to accounts that are the same in every application: codes, tokens, passwords that are shown or chosen.
//!
//! ```
//! # pub struct Users;
//! # impl fw::auth::Accounts for Users {
//! #     type Id = i64;
//! #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
//! # }
//! use fw::{auth::{NewSession, SignedIn, dto::CodeBody}, prelude::*};
//!
//! async fn confirm(
//!     who: SignedIn<Users>,
//!     State(ctx): State<AppContext>,
//!     ValidJson(body): ValidJson<CodeBody>,
//! ) -> Result<NewSession> {
//!     who.confirm_with_code(&ctx, &body.code).await
//! }
//!
//! Routes::at("/session").with([post("/confirm-code", confirm)]);
//! ```

use garde::Validate;
#[cfg(feature = "openapi")]
use schemars::JsonSchema;
use sea_orm::prelude::Uuid;
use serde::Deserialize;

use super::EmailAddress;

/// An address that a mail is sent to. See [the module](self) for an example.
#[derive(Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EmailBody {
    /// The address.
    #[garde(skip)]
    pub email: EmailAddress,
}

/// The token of a link in a mail. See [the module](self) for an example.
#[derive(Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    /// The token.
    #[garde(length(max = 100))]
    pub token: String,
}

/// A new password, with the token of a link in a mail. See [the module](self) for an example.
#[derive(Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ResetBody {
    /// The token.
    #[garde(length(max = 100))]
    pub token: String,
    /// The new password.
    #[garde(length(max = 1024))]
    #[cfg_attr(feature = "openapi", schemars(extend("writeOnly" = true)))]
    pub password: String,
}

/// A new password, with the present one. See [the module](self) for an example.
#[derive(Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    /// The present password.
    #[garde(length(max = 1024))]
    #[cfg_attr(feature = "openapi", schemars(extend("writeOnly" = true)))]
    pub current_password: String,
    /// The new password.
    #[garde(length(max = 1024))]
    #[cfg_attr(feature = "openapi", schemars(extend("writeOnly" = true)))]
    pub password: String,
}

/// The password of somebody who is signed in, asked for once more. See [the module](self) for an example.
#[derive(Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmBody {
    /// The password.
    #[garde(length(max = 1024))]
    #[cfg_attr(feature = "openapi", schemars(extend("writeOnly" = true)))]
    pub password: String,
}

/// A code of somebody who is signed in. See [the module](self) for an example.
#[derive(Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CodeBody {
    /// The code of the app, or a recovery code.
    #[garde(length(max = 100))]
    pub code: String,
}

/// The answer to a [challenge](super::Challenge). See [the module](self) for an example.
#[derive(Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AnswerBody {
    /// The secret of the challenge.
    #[garde(length(max = 100))]
    pub secret: String,
    /// The code of the app, or a recovery code.
    #[garde(length(max = 100))]
    pub code: String,
}

/// An app that makes codes, to be enrolled. See [the module](self) for an example.
#[derive(Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EnrolBody {
    /// The name that the person gives it: `Phone`.
    #[garde(length(chars, min = 1, max = 80))]
    pub name: String,
}

/// The first code of an app. See [the module](self) for an example.
#[derive(Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ActivateBody {
    /// The id of the enrolment.
    #[garde(skip)]
    pub id: Uuid,
    /// The code.
    #[garde(length(max = 100))]
    pub code: String,
}

/// A refresh token. See [the module](self) for an example.
#[derive(Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RefreshBody {
    /// The token.
    #[garde(length(max = 100))]
    pub refresh_token: String,
}

/// An API key to be created. See [`SignedIn::create_api_key`](super::SignedIn::create_api_key) for an example.
#[derive(Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ApiKeyBody {
    /// The name by which people know it.
    #[garde(length(chars, min = 1, max = 80))]
    pub name: String,
    /// The names of its permissions, each of them one of its owner's; `posts:*` is all of `posts`.
    #[garde(length(min = 1, max = 100))]
    pub permissions: Vec<String>,
    /// The number of days after which it ends; absent for a key that does not end by itself.
    #[garde(range(min = 1, max = 3650))]
    pub expires_in_days: Option<u32>,
}

/// An invitation to have an account. See [`ProvenMailbox`](super::ProvenMailbox) for an example.
#[derive(Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InvitationBody {
    /// The address.
    #[garde(skip)]
    pub email: EmailAddress,
    /// The names of the roles of the account.
    #[garde(length(max = 20))]
    #[serde(default)]
    pub roles: Vec<String>,
}
