//! Access: who may call what. Handlers name one of these types as their first parameter.

pub mod roles;
#[cfg(test)]
mod tests;

use crate::accounts::Users;

/// Everybody who is signed in.
pub type SignedIn = fw::auth::SignedIn<Users>;

/// Everybody who is signed in, also without the second factor that a role asks for.
pub type OneFactor = fw::auth::OneFactor<Users>;

/// Who has a permission, as a person or with an API key.
pub type Can<P> = fw::auth::Can<Users, P>;

/// Who has a permission for their own rows, or with `:any` for all of them.
pub type Own<P> = fw::auth::Own<Users, P>;

/// A client with an API key that has a permission.
pub type KeyCan<P> = fw::auth::KeyCan<Users, P>;

/// Who has shown within the last minutes who they are.
pub type Recent<T = SignedIn, const MINUTES: u64 = 10> = fw::auth::Recent<T, MINUTES>;
