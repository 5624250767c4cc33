//! The statements of the tables of roles.

use std::collections::BTreeMap;

use chrono::Utc;
use sea_orm::{
    ConnectionTrait, ExprTrait, Order, QueryResult, Value,
    sea_query::{Condition, Expr, OnConflict, Query},
};

use super::definition::Role;
use crate::{
    auth::{
        AccountKey,
        tables::{ACCOUNT_ROLES, ROLE_PERMISSIONS, ROLES},
    },
    error::{Error, Result},
};

/// The roles that an account has by name, each with that of the table, if there is one of that name.
pub(in crate::auth) async fn of_account<C: ConnectionTrait>(
    db: &C,
    account: AccountKey,
) -> Result<BTreeMap<String, Option<Role>>> {
    let select = Query::select()
        .column((ACCOUNT_ROLES, "role"))
        .column((ROLES, "name"))
        .column((ROLES, "second_factor"))
        .column((ROLE_PERMISSIONS, "permission"))
        .from(ACCOUNT_ROLES)
        .left_join(
            ROLES,
            Expr::col((ROLES, "name")).equals((ACCOUNT_ROLES, "role")),
        )
        .left_join(
            ROLE_PERMISSIONS,
            Expr::col((ROLE_PERMISSIONS, "role")).equals((ROLES, "name")),
        )
        .and_where(Expr::col((ACCOUNT_ROLES, "user_id")).eq(account))
        .to_owned();
    let mut roles: BTreeMap<String, Option<Role>> = BTreeMap::new();
    for row in db.query_all(&select).await? {
        let role = roles.entry(row.try_get("", "role")?).or_default();
        if let Some(name) = row.try_get::<Option<String>>("", "name")? {
            let so_far = role.take().unwrap_or_else(|| Role::new(name));
            *role = Some(with_row(so_far, &row)?);
        }
    }
    Ok(roles)
}

/// The roles of the table, or the one of a name, in the order of their names.
pub(in crate::auth) async fn list<C: ConnectionTrait>(
    db: &C,
    name: Option<&str>,
) -> Result<Vec<Role>> {
    let select = Query::select()
        .column((ROLES, "name"))
        .column((ROLES, "second_factor"))
        .column((ROLE_PERMISSIONS, "permission"))
        .from(ROLES)
        .left_join(
            ROLE_PERMISSIONS,
            Expr::col((ROLE_PERMISSIONS, "role")).equals((ROLES, "name")),
        )
        .cond_where(name.map_or_else(Condition::all, |name| {
            Condition::all().add(Expr::col((ROLES, "name")).eq(name))
        }))
        .order_by((ROLES, "name"), Order::Asc)
        .order_by((ROLE_PERMISSIONS, "permission"), Order::Asc)
        .to_owned();
    let mut roles: Vec<Role> = Vec::new();
    for row in db.query_all(&select).await? {
        let name: String = row.try_get("", "name")?;
        let so_far = roles.pop_if(|role| role.name() == name);
        roles.push(with_row(so_far.unwrap_or_else(|| Role::new(name)), &row)?);
    }
    Ok(roles)
}

/// A role with what a row says of it.
fn with_row(mut role: Role, row: &QueryResult) -> Result<Role> {
    if row.try_get("", "second_factor")? {
        role = role.requires_second_factor();
    }
    let permission: Option<String> = row.try_get("", "permission")?;
    Ok(role.can_named(permission))
}

/// Stores a new role, which nobody has. Returns false if there is one of this name.
pub(in crate::auth) async fn insert<C: ConnectionTrait>(db: &C, role: &Role) -> Result<bool> {
    let values: [Value; 3] = [
        role.name().into(),
        role.needs_second_factor().into(),
        Utc::now().into(),
    ];
    let insert = Query::insert()
        .into_table(ROLES)
        .columns(["name", "second_factor", "created_at"])
        .values(values.into_iter().map(Expr::from))
        .map_err(Error::internal)?
        .on_conflict(OnConflict::column("name").do_nothing().to_owned())
        .to_owned();
    if db.execute(&insert).await?.rows_affected() == 0 {
        return Ok(false);
    }
    // A role of the code may have had this name in a former version.
    let forget = Query::delete()
        .from_table(ACCOUNT_ROLES)
        .and_where(Expr::col("role").eq(role.name()))
        .to_owned();
    db.execute(&forget).await?;
    insert_permissions(db, role).await?;
    Ok(true)
}

/// Gives the role of this name other permissions.
pub(in crate::auth) async fn replace<C: ConnectionTrait>(db: &C, role: &Role) -> Result<()> {
    let update = Query::update()
        .table(ROLES)
        .value("second_factor", role.needs_second_factor())
        .and_where(Expr::col("name").eq(role.name()))
        .to_owned();
    db.execute(&update).await?;
    let delete = Query::delete()
        .from_table(ROLE_PERMISSIONS)
        .and_where(Expr::col("role").eq(role.name()))
        .to_owned();
    db.execute(&delete).await?;
    insert_permissions(db, role).await
}

async fn insert_permissions<C: ConnectionTrait>(db: &C, role: &Role) -> Result<()> {
    let mut insert = Query::insert()
        .into_table(ROLE_PERMISSIONS)
        .columns(["role", "permission"])
        .on_conflict(
            OnConflict::columns(["role", "permission"])
                .do_nothing()
                .to_owned(),
        )
        .to_owned();
    let mut is_empty = true;
    for permission in role.grants().names() {
        let values = [Expr::from(role.name()), Expr::from(permission)];
        insert.values(values).map_err(Error::internal)?;
        is_empty = false;
    }
    if !is_empty {
        db.execute(&insert).await?;
    }
    Ok(())
}

/// Deletes a role, and takes it from everybody.
pub(in crate::auth) async fn delete<C: ConnectionTrait>(db: &C, name: &str) -> Result<()> {
    let withdraw = Query::delete()
        .from_table(ACCOUNT_ROLES)
        .and_where(Expr::col("role").eq(name))
        .to_owned();
    db.execute(&withdraw).await?;
    let delete = Query::delete()
        .from_table(ROLES)
        .and_where(Expr::col("name").eq(name))
        .to_owned();
    db.execute(&delete).await?;
    Ok(())
}

/// Gives a role to an account. Returns false if it has the role already.
pub(in crate::auth) async fn assign<C: ConnectionTrait>(
    db: &C,
    account: AccountKey,
    role: &str,
) -> Result<bool> {
    let values: [Value; 3] = [account.into(), role.into(), Utc::now().into()];
    let insert = Query::insert()
        .into_table(ACCOUNT_ROLES)
        .columns(["user_id", "role", "created_at"])
        .values(values.into_iter().map(Expr::from))
        .map_err(Error::internal)?
        .on_conflict(
            OnConflict::columns(["user_id", "role"])
                .do_nothing()
                .to_owned(),
        )
        .to_owned();
    Ok(db.execute(&insert).await?.rows_affected() > 0)
}

/// Takes a role from an account. Returns false if it does not have the role.
pub(in crate::auth) async fn unassign<C: ConnectionTrait>(
    db: &C,
    account: AccountKey,
    role: &str,
) -> Result<bool> {
    let delete = Query::delete()
        .from_table(ACCOUNT_ROLES)
        .and_where(Expr::col("user_id").eq(account))
        .and_where(Expr::col("role").eq(role))
        .to_owned();
    Ok(db.execute(&delete).await?.rows_affected() > 0)
}

/// The accounts that have one of these roles, which are locked until the end of the transaction: so of two changes at the same time the
/// later one sees the earlier one.
pub(in crate::auth) async fn holders<C: ConnectionTrait>(
    db: &C,
    roles: &[String],
) -> Result<Vec<AccountKey>> {
    if roles.is_empty() {
        return Ok(Vec::new());
    }
    let select = Query::select()
        .column("user_id")
        .from(ACCOUNT_ROLES)
        .and_where(Expr::col("role").is_in(roles))
        .order_by("user_id", Order::Asc)
        .order_by("role", Order::Asc)
        .lock_exclusive()
        .to_owned();
    let rows = db.query_all(&select).await?;
    rows.iter()
        .map(|row| Ok(AccountKey::read(row, "user_id")?))
        .collect()
}
