//! The roles of the code.

use std::{collections::HashSet, sync::Arc};

use sea_orm::ConnectionTrait;

use super::{
    definition::{Role, is_name},
    store,
};
use crate::{
    auth::AccountKey,
    error::{Error, Result},
};

/// The roles of the code, a handle of the context.
#[derive(Clone, Debug, Default)]
pub(crate) struct BuiltInRoles(Arc<[Role]>);

impl BuiltInRoles {
    pub(crate) fn new(roles: Vec<Role>) -> Self {
        Self(roles.into())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Role> {
        self.0.iter()
    }

    pub(in crate::auth) fn find(&self, name: &str) -> Option<&Role> {
        self.iter().find(|role| role.name() == name)
    }

    /// Checks the names, and the permissions by `check`.
    ///
    /// Fails for the developer, at the start.
    pub(crate) fn check(&self, check: impl Fn(&[&str]) -> Result<()>) -> Result<()> {
        let mut names = HashSet::new();
        for role in self.iter() {
            let name = role.name();
            if !is_name(name) {
                return Err(Error::internal(format!(
                    "a role of `Hooks::roles` is called `{name}`\nhint: a name has 1 to 60 lower-case letters, digits, `-` and `_`, and begins with a letter"
                )));
            }
            if !names.insert(name) {
                return Err(Error::internal(format!(
                    "two roles of `Hooks::roles` are called `{name}`\nhint: give one role all permissions of both"
                )));
            }
            // The others are types, which may be asked for elsewhere than by a route.
            let wildcards: Vec<&str> = role
                .grants()
                .names()
                .filter(|name| name.ends_with(":*"))
                .collect();
            if let Err(error) = check(&wildcards) {
                let unknown = error.field_errors().first();
                let unknown = unknown.and_then(|field| {
                    let index: usize = field.pointer.rsplit('/').next()?.parse().ok()?;
                    wildcards
                        .get(index)
                        .map(|name| format!("`{name}` {}", field.message))
                });
                return Err(Error::internal(format!(
                    "the role `{name}` of `Hooks::roles`: {}\nhint: `cargo fw routes` lists the permissions that routes ask for",
                    unknown.unwrap_or_else(|| error.chain())
                )));
            }
        }
        Ok(())
    }

    /// The roles of an account. One of the code counts before one of the table, and a name that is neither has no permissions.
    pub(in crate::auth) async fn of_account<C: ConnectionTrait>(
        &self,
        db: &C,
        account: AccountKey,
    ) -> Result<Vec<Role>> {
        let named = store::of_account(db, account).await?.into_iter();
        let known = named.filter_map(|(name, stored)| self.find(&name).cloned().or(stored));
        Ok(known.collect())
    }

    /// Checks that no role of the table has the name of one of the code: accounts would silently get what that has.
    pub(in crate::auth) async fn check_names<C: ConnectionTrait>(&self, db: &C) -> Result<()> {
        for stored in store::list(db, None).await? {
            let name = stored.name();
            if self.find(name).is_some() {
                return Err(Error::internal(format!(
                    "the role `{name}` is in `Hooks::roles`, and another one of this name in the table `roles`\nhint: call that of the code otherwise, or delete that of the table in the running application"
                )));
            }
        }
        Ok(())
    }
}
