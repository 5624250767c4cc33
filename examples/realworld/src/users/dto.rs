//! The bodies of requests and responses.

use fw::{dto::prelude::*, validation::rules};

use super::model::Model;
use crate::errors::present;

/// `{"user": {…}}`: a sign-in.
#[derive(Deserialize, JsonSchema, Validate)]
pub struct LoginBody {
    #[garde(dive)]
    pub user: Login,
}

#[derive(Deserialize, JsonSchema, Validate)]
pub struct Login {
    #[garde(custom(present), length(chars, max = 255))]
    pub email: String,
    #[garde(custom(present), length(chars, max = 256))]
    pub password: String,
}

/// `{"user": {…}}`: a registration.
#[derive(Deserialize, JsonSchema, Validate)]
pub struct RegistrationBody {
    #[garde(dive)]
    pub user: Registration,
}

#[derive(Deserialize, JsonSchema, Validate)]
pub struct Registration {
    #[garde(custom(present), length(chars, max = 255))]
    pub username: String,
    #[garde(custom(present), length(chars, max = 255))]
    pub email: String,
    #[garde(custom(acceptable))]
    pub password: String,
}

/// `{"user": {…}}`: a change of what is named.
#[derive(Deserialize, JsonSchema, Validate)]
pub struct UserPatchBody {
    #[garde(dive)]
    pub user: UserPatch,
}

#[derive(Default, Deserialize, JsonSchema, Validate)]
#[serde(default)]
pub struct UserPatch {
    #[garde(inner(custom(present)), length(chars, max = 255))]
    pub username: Patch<String>,
    #[garde(inner(custom(present)), length(chars, max = 255))]
    pub email: Patch<String>,
    #[garde(inner(custom(acceptable)))]
    pub password: Patch<String>,
    #[garde(inner(inner(length(chars, max = 65_535))))]
    pub bio: Patch<Option<String>>,
    #[garde(inner(inner(length(chars, max = 65_535))))]
    pub image: Patch<Option<String>>,
}

/// A rule for new passwords. The specification asks for a length only; `ctx.passwords().check(…)` also refuses those that are guessed first.
fn acceptable(password: &str, _: &()) -> rules::Outcome {
    match password.chars().count() {
        0 => present(password, &()),
        1..8 => Err(rules::error("too_short", "must have at least 8 characters")),
        8..=256 => Ok(()),
        _ => Err(rules::error("too_long", "must have at most 256 characters")),
    }
}

/// `{"user": {…}}`: a user as they see themselves.
#[derive(Debug, JsonSchema, Serialize)]
pub struct UserBody {
    pub user: UserView,
}

#[derive(Debug, JsonSchema, Serialize)]
pub struct UserView {
    pub email: String,
    pub token: String,
    pub username: String,
    pub bio: Option<String>,
    pub image: Option<String>,
}

impl UserBody {
    pub fn new(user: Model, token: String) -> Self {
        Self {
            user: UserView {
                email: user.email,
                token,
                username: user.username,
                bio: user.bio,
                image: user.image,
            },
        }
    }
}
