//! The service of roles: who has which, and what they may do.

use std::{fmt, sync::Arc};

use sea_orm::ConnectionTrait;

use super::role::{BuiltInRoles, Role, is_name, store};
use crate::{
    auth::{AccountKey, Connection, Grants, PermissionCheck, Sessions},
    db::Transaction,
    error::{Error, FieldError, Result},
};

/// The permission of those who administer roles: the last account that has it by a role keeps it.
pub(super) const ADMINISTRATION: &str = "roles:grant";

/// The roles, a handle of the [context](crate::context::AppContext): [`ctx.roles()`](super::AuthContext::roles).
///
/// Changes take effect with the commit of the caller's transaction: at once in this process, and within a second in all others. Whoever makes them
/// hands in their own permissions, `who.grants()`: nobody gives, changes or takes a role with a permission that they do not have themselves (403). The
/// command line and jobs may do everything: `&Grants::all()`. The last account that has `roles:grant` by a role keeps it (409 `last_administrator`).
///
/// ```
/// # pub struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
/// use fw::{auth::AuthContext, prelude::*};
///
/// mod access {
///     fw::permissions! { "roles" { Grant = "grant" } }
/// }
///
/// type Can<P> = fw::auth::Can<Users, P>;
///
/// /// `PUT /users/{id}/roles/{role}`
/// async fn assign(
///     who: Can<access::Grant>,
///     State(ctx): State<AppContext>,
///     Path((user, role)): Path<(Id, String)>,
/// ) -> Result<NoContent> {
///     ctx.roles().assign(&ctx.db, user, &role, who.grants()).await?;
///     Ok(NoContent)
/// }
/// ```
#[derive(Clone)]
pub struct Roles(Arc<Shared>);

struct Shared {
    built_in: BuiltInRoles,
    sessions: Sessions,
    check: PermissionCheck,
}

impl Roles {
    pub(in crate::auth) fn new(
        built_in: BuiltInRoles,
        sessions: Sessions,
        check: PermissionCheck,
    ) -> Self {
        Self(Arc::new(Shared {
            built_in,
            sessions,
            check,
        }))
    }

    /// All roles: those of the code in their order, then the others by name.
    pub async fn list<C: ConnectionTrait>(&self, db: &C) -> Result<Vec<Role>> {
        let stored = store::list(db, None).await?;
        Ok(self.0.built_in.iter().cloned().chain(stored).collect())
    }

    /// The role of a name.
    pub async fn find<C: ConnectionTrait>(&self, db: &C, name: &str) -> Result<Option<Role>> {
        match self.0.built_in.find(name) {
            Some(role) => Ok(Some(role.clone())),
            None => Ok(store::list(db, Some(name)).await?.pop()),
        }
    }

    /// Returns true if a role is one of the code, which only the code changes.
    pub fn is_built_in(&self, name: &str) -> bool {
        self.0.built_in.find(name).is_some()
    }

    /// The roles of an account, by name.
    pub async fn of<C: ConnectionTrait>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
    ) -> Result<Vec<Role>> {
        self.0.built_in.of_account(db, account.into()).await
    }

    /// Gives a role to an account. Returns false if it has the role already.
    ///
    /// # Errors
    ///
    /// 422 `unknown_role` at `/role` if there is no such role, 403 if it has a permission that `by` lacks.
    pub async fn assign<C: Connection>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
        role: &str,
        by: &Grants,
    ) -> Result<bool> {
        let account = account.into();
        db.atomically(async |tx| {
            let role = self.assignable(tx, role, by, "/role").await?;
            let is_new = store::assign(tx, account, role.name()).await?;
            if is_new {
                self.0.sessions.account_changed(tx, account).await?;
            }
            Ok(is_new)
        })
        .await
    }

    /// The role of a name, if somebody may give it. A name that is none is refused at the pointer.
    pub(in crate::auth) async fn assignable<C: ConnectionTrait>(
        &self,
        db: &C,
        name: &str,
        by: &Grants,
        pointer: &str,
    ) -> Result<Role> {
        let Some(role) = self.find(db, name).await? else {
            return Err(self.unknown(db, pointer).await?);
        };
        bounded(&role, by)?;
        Ok(role)
    }

    /// Takes a role from an account. Returns false if it does not have the role.
    ///
    /// # Errors
    ///
    /// 403 if the role has a permission that `by` lacks, 409 `last_administrator` if nobody would be left who may give roles.
    pub async fn unassign<C: Connection>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
        role: &str,
        by: &Grants,
    ) -> Result<bool> {
        let account = account.into();
        db.atomically(async |tx| {
            // One that the code has no more can be taken from everybody.
            if let Some(role) = self.find(tx, role).await? {
                bounded(&role, by)?;
            }
            let had = self.has_administrator(tx).await?;
            let was_there = store::unassign(tx, account, role).await?;
            self.keep_administrator(tx, had).await?;
            if was_there {
                self.0.sessions.account_changed(tx, account).await?;
            }
            Ok(was_there)
        })
        .await
    }

    /// Creates a role.
    ///
    /// # Errors
    ///
    /// 422 at `/name` for a name that no role can have, 422 `unknown_permission` at `/permissions`, 409 if there is a role of this name, 403 if
    /// it has a permission that `by` lacks.
    pub async fn create<C: Connection>(&self, db: &C, role: &Role, by: &Grants) -> Result<()> {
        if !is_name(role.name()) {
            return Err(Error::validation(vec![FieldError::new(
                "/name",
                "invalid_pattern",
                "has 1 to 60 lower-case letters, digits, `-` and `_`, and begins with a letter",
            )]));
        }
        (self.0.check)("/permissions", role.grants())?;
        bounded(role, by)?;
        db.atomically(async |tx| {
            if self.is_built_in(role.name()) || !store::insert(tx, role).await? {
                let taken = FieldError::new("/name", "not_unique", "is taken already");
                return Err(Error::conflict().fields(vec![taken]));
            }
            Ok(())
        })
        .await
    }

    /// Gives the role of this name other permissions, for all accounts that have it. Returns false if there is no such role.
    ///
    /// # Errors
    ///
    /// 422 `unknown_permission` at `/permissions`, 403 if it has, or would have, a permission that `by` lacks, 409 for a role of the code, 409
    /// `last_administrator` if nobody would be left who may give roles.
    pub async fn replace<C: Connection>(&self, db: &C, role: &Role, by: &Grants) -> Result<bool> {
        (self.0.check)("/permissions", role.grants())?;
        bounded(role, by)?;
        db.atomically(async |tx| {
            if !self.may_change(tx, role.name(), by).await? {
                return Ok(false);
            }
            let had = self.has_administrator(tx).await?;
            store::replace(tx, role).await?;
            self.changed(tx, had).await?;
            Ok(true)
        })
        .await
    }

    /// Deletes a role, which all accounts lose. Returns false if there is no such role.
    ///
    /// # Errors
    ///
    /// 403 if it has a permission that `by` lacks, 409 for a role of the code, 409 `last_administrator` if nobody would be left who may give
    /// roles.
    pub async fn delete<C: Connection>(&self, db: &C, name: &str, by: &Grants) -> Result<bool> {
        db.atomically(async |tx| {
            if !self.may_change(tx, name, by).await? {
                return Ok(false);
            }
            let had = self.has_administrator(tx).await?;
            store::delete(tx, name).await?;
            self.changed(tx, had).await?;
            Ok(true)
        })
        .await
    }

    /// Checks that somebody else than an account may give roles, before it is deleted or suspended. An account that may not give roles can always
    /// go.
    ///
    /// # Errors
    ///
    /// 409 `last_administrator` if it is the last one.
    pub async fn require_other_administrator<C: Connection>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
    ) -> Result<()> {
        let account = account.into();
        db.atomically(async |tx| {
            let holders = self.administrators(tx).await?;
            let is_last = holders.contains(&account) && holders.iter().all(|one| *one == account);
            if is_last {
                Err(last_administrator())
            } else {
                Ok(())
            }
        })
        .await
    }

    /// Checks that somebody may change or delete a role. Returns false if there is none of this name.
    async fn may_change(&self, tx: &Transaction, name: &str, by: &Grants) -> Result<bool> {
        if self.is_built_in(name) {
            return Err(Error::conflict().detail(format!(
                "the role `{name}` is one of the application's code, which alone changes it"
            )));
        }
        match store::list(tx, Some(name)).await?.pop() {
            Some(role) => bounded(&role, by).map(|()| true),
            None => Ok(false),
        }
    }

    /// Says that a role has changed, for all that have it. Fails if nobody may give roles any more.
    async fn changed(&self, tx: &Transaction, had_administrator: bool) -> Result<()> {
        self.keep_administrator(tx, had_administrator).await?;
        self.0.sessions.accounts_changed(tx).await
    }

    /// Fails if nobody may give roles any more, where somebody could.
    async fn keep_administrator(&self, tx: &Transaction, had_administrator: bool) -> Result<()> {
        if had_administrator && !self.has_administrator(tx).await? {
            return Err(last_administrator());
        }
        Ok(())
    }

    async fn has_administrator(&self, tx: &Transaction) -> Result<bool> {
        Ok(!self.administrators(tx).await?.is_empty())
    }

    /// The accounts that may give roles, which are locked.
    async fn administrators(&self, tx: &Transaction) -> Result<Vec<AccountKey>> {
        let mut roles = self.list(tx).await?;
        roles.retain(|role| role.grants().allow(ADMINISTRATION));
        let names: Vec<String> = roles.iter().map(|role| role.name().to_owned()).collect();
        store::holders(tx, &names).await
    }

    /// The response to the name of a role that does not exist.
    async fn unknown<C: ConnectionTrait>(&self, db: &C, pointer: &str) -> Result<Error> {
        const SHOWN: usize = 10;
        let roles = self.list(db).await?;
        let mut names: Vec<String> = roles
            .iter()
            .take(SHOWN)
            .map(|role| format!("`{}`", role.name()))
            .collect();
        if roles.len() > SHOWN {
            names.push("others".to_owned());
        }
        let message = match names.split_last() {
            None => "is no role: there are none".to_owned(),
            Some((only, [])) => format!("is no role: there is {only}"),
            Some((last, others)) => {
                format!("is no role: there are {} and {last}", others.join(", "))
            }
        };
        let unknown = FieldError::new(pointer, "unknown_role", message);
        Ok(Error::validation(vec![unknown]))
    }
}

/// Checks that somebody has all permissions of a role.
fn bounded(role: &Role, by: &Grants) -> Result<()> {
    match by.lacking(role.grants()) {
        None => Ok(()),
        Some(permission) => Err(Error::forbidden().detail(format!(
            "the role `{}` has `{permission}`, which you do not have yourself",
            role.name()
        ))),
    }
}

fn last_administrator() -> Error {
    Error::new(http::StatusCode::CONFLICT, "last_administrator")
        .detail("nobody would be left who may give roles")
}

impl fmt::Debug for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Roles").field(&self.0.built_in).finish()
    }
}
