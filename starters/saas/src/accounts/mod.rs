//! Accounts: `/api/v1/auth`. What must be right (hashes, secrets, sessions) is in `fw::auth`; people are here.

pub mod account;
pub mod api_keys;
pub mod create;
pub mod dto;
pub mod email;
#[cfg(test)]
mod factory;
pub mod links;
pub mod mails;
pub mod model;
// fw:if pages
#[cfg(test)]
mod page_tests;
pub mod pages;
// fw:end
pub mod password;
#[cfg(test)]
mod permission_tests;
pub mod registration;
pub mod roles;
pub mod second_factor;
pub mod session;
pub mod sessions;
// fw:if pages
pub mod settings;
// fw:end
#[cfg(test)]
mod tests;
pub mod tokens;

use fw::{
    auth::{Accounts, Grants, Standing},
    db::Db,
    http::StatusCode,
    prelude::*,
};

use self::model as users;

/// The accounts of the application.
pub struct Users;

impl Accounts for Users {
    type Id = i64;

    async fn standing(db: &Db, id: i64) -> Result<Option<Standing>> {
        let user = users::Entity::find_by_id(id).one(db).await?;
        Ok(user.map(|user| {
            if user.is_suspended {
                return Standing::suspended();
            }
            Standing::active(Grants::default())
        }))
    }
}

/// The routes of accounts.
pub fn routes() -> Routes {
    Routes::at("/api/v1/auth").with([
        post("/registrations", registration::create),
        post("/registrations/complete", registration::complete),
        post("/session", session::create),
        get("/session", session::show),
        delete("/session", session::destroy),
        post("/session/confirm", session::confirm),
        post("/session/confirm-code", second_factor::confirm),
        post("/challenges/{id}", second_factor::answer)
            .problem(StatusCode::UNAUTHORIZED, "invalid_challenge")
            .problem(StatusCode::UNAUTHORIZED, "invalid_code"),
        post("/tokens", tokens::create),
        post("/tokens/refresh", tokens::refresh),
        get("/sessions", sessions::list),
        delete("/sessions", sessions::destroy_others),
        delete("/sessions/{id}", sessions::destroy),
        post("/password/forgot", password::forgot),
        post("/password/reset", password::reset),
        put("/password", password::change),
        post("/email", email::change),
        post("/email/confirm", email::confirm),
        post("/email/revert", email::revert),
        get("/factors", second_factor::list),
        delete("/factors/{id}", second_factor::destroy)
            .problem(StatusCode::CONFLICT, "second_factor_required"),
        post("/totp", second_factor::enrol).problem(StatusCode::CONFLICT, "too_many_factors"),
        post("/totp/confirm", second_factor::activate),
        post("/recovery-codes", second_factor::renew_recovery_codes)
            .problem(StatusCode::CONFLICT, "no_second_factor"),
        get("/api-keys", api_keys::list),
        post("/api-keys", api_keys::create),
        post("/api-keys/{id}/rotate", api_keys::rotate),
        delete("/api-keys/{id}", api_keys::destroy),
        get("/roles", roles::list),
        get("/accounts/{id}/roles", roles::of_account),
        put("/accounts/{id}/roles/{role}", roles::assign),
        delete("/accounts/{id}/roles/{role}", roles::unassign),
        get("/account", account::show),
        patch("/account", account::update),
        delete("/account", account::destroy),
    ])
}

/// The mails of accounts.
pub fn mailers() -> Mailers {
    Mailers::new().add::<mails::AccountMail>()
}

/// The tasks of accounts.
pub fn tasks() -> Tasks {
    Tasks::new().add::<create::CreateAccount>()
}
