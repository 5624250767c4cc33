//! Accounts: `/api/v1/auth`. What must be right (hashes, secrets, sessions) is in `fw::auth`; people are here.

pub mod account;
pub mod api_keys;
pub mod create;
pub mod dto;
pub mod email;
#[cfg(test)]
mod factory;
pub mod invitations;
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
        post("/registrations", registration::create).summary("Register"),
        post("/registrations/complete", registration::complete)
            .summary("Complete a registration")
            .problem(StatusCode::FORBIDDEN, "forbidden"),
        post("/invitations", invitations::create).summary("Invite somebody"),
        post("/invitations/withdraw", invitations::withdraw).summary("Withdraw an invitation"),
        post("/session", session::create).summary("Sign in"),
        get("/session", session::show).summary("Show who is signed in"),
        delete("/session", session::destroy).summary("Sign out"),
        post("/session/confirm", session::confirm).summary("Confirm with the password"),
        post("/session/confirm-code", second_factor::confirm).summary("Confirm with a code"),
        post("/challenges/{id}", second_factor::answer)
            .summary("Answer a challenge")
            .problem(StatusCode::UNAUTHORIZED, "invalid_challenge")
            .problem(StatusCode::UNAUTHORIZED, "invalid_code"),
        post("/tokens", tokens::create).summary("Sign in a client"),
        post("/tokens/refresh", tokens::refresh).summary("Refresh the tokens"),
        get("/sessions", sessions::list),
        delete("/sessions", sessions::destroy_others).summary("End all other sessions"),
        delete("/sessions/{id}", sessions::destroy).summary("End a session"),
        post("/password/forgot", password::forgot).summary("Send a link to choose a password"),
        post("/password/reset", password::reset).summary("Choose a password with a link"),
        put("/password", password::change).summary("Change the password"),
        post("/email", email::change).summary("Send a link to a new address"),
        post("/email/confirm", email::confirm).summary("Change the address"),
        post("/email/revert", email::revert).summary("Take a change of the address back"),
        get("/factors", second_factor::list).summary("List second factors"),
        delete("/factors/{id}", second_factor::destroy)
            .problem(StatusCode::CONFLICT, "second_factor_required"),
        post("/totp", second_factor::enrol).problem(StatusCode::CONFLICT, "too_many_factors"),
        post("/totp/confirm", second_factor::activate).summary("Add an app with its first code"),
        post("/recovery-codes", second_factor::renew_recovery_codes)
            .problem(StatusCode::CONFLICT, "no_second_factor"),
        get("/api-keys", api_keys::list).summary("List API keys"),
        post("/api-keys", api_keys::create).summary("Create an API key"),
        post("/api-keys/{id}/rotate", api_keys::rotate).summary("Rotate an API key"),
        delete("/api-keys/{id}", api_keys::destroy).summary("Revoke an API key"),
        get("/roles", roles::list),
        get("/accounts/{id}/roles", roles::of_account).summary("List the roles of an account"),
        put("/accounts/{id}/roles/{role}", roles::assign).summary("Give a role to an account"),
        delete("/accounts/{id}/roles/{role}", roles::unassign).summary("Take a role away"),
        get("/account", account::show).summary("Show the own account"),
        patch("/account", account::update).summary("Change the own account"),
        delete("/account", account::destroy).summary("Delete the own account"),
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
