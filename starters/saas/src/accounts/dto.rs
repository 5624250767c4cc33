//! The bodies of requests and responses, but for those that are the same in every application: `fw::auth::dto`.

use fw::{auth::EmailAddress, dto::prelude::*};

use super::model::Model;

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
