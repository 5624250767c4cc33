//! The built-in roles. They are code, so they change with a release, and accounts of the role with them.

use fw::auth::Role;

fw::permissions! {
    "accounts" { Invite = "invite" }
    "roles" { Grant = "grant" }
}

/// The roles: `cargo fw task accounts:create EMAIL --role admin` gives one to a new account.
pub fn all() -> Vec<Role> {
    vec![Role::new("admin").can_all("*")]
}
