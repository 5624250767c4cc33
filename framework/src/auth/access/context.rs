//! The handles of accounts in the context of an application.

use crate::{
    auth::{ApiKeys, Passwords, Roles, SecondFactor, Sessions, Tokens},
    context::AppContext,
};

/// The handles of accounts, as methods of the [context](AppContext).
///
/// ```
/// use fw::{auth::{AuthContext, invalid_sign_in}, prelude::*};
///
/// /// Checks a password; `stored` is the hash of the account, if there is one.
/// async fn check(ctx: &AppContext, password: &str, stored: Option<&str>) -> Result<()> {
///     let check = ctx.passwords().verify(password, stored).await?;
///     if check.matches { Ok(()) } else { Err(invalid_sign_in()) }
/// }
/// ```
pub trait AuthContext {
    /// The hashing and checking of passwords.
    fn passwords(&self) -> &Passwords;

    /// The sessions.
    fn sessions(&self) -> &Sessions;

    /// The API keys.
    fn api_keys(&self) -> &ApiKeys;

    /// The roles.
    fn roles(&self) -> &Roles;

    /// The tokens of clients that are no browsers.
    ///
    /// # Panics
    ///
    /// Panics in production without a key (`FW_KEYS`), without which no server with accounts starts.
    fn tokens(&self) -> &Tokens;

    /// The second factors of accounts.
    ///
    /// # Panics
    ///
    /// As [`tokens`](Self::tokens).
    fn second_factor(&self) -> &SecondFactor;
}

/// # Panics
///
/// Panics in a context that was made by a [builder](AppContext::builder), not by the boot.
impl AuthContext for AppContext {
    fn passwords(&self) -> &Passwords {
        handle(self)
    }

    fn sessions(&self) -> &Sessions {
        handle(self)
    }

    fn api_keys(&self) -> &ApiKeys {
        handle(self)
    }

    fn roles(&self) -> &Roles {
        handle(self)
    }

    fn tokens(&self) -> &Tokens {
        handle(self)
    }

    fn second_factor(&self) -> &SecondFactor {
        handle(self)
    }
}

fn handle<T: Send + Sync + 'static>(ctx: &AppContext) -> &T {
    let Some(handle) = ctx.get() else {
        panic!(
            "the context has no `{}`: it was not booted, or there is no key (`FW_KEYS`)",
            std::any::type_name::<T>()
        );
    };
    handle
}
