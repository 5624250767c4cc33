//! The roles of accounts, for those who may give them. Nobody gives or takes a role with a permission that they lack, and the last account that may give
//! roles keeps that.

use fw::{auth::prelude::*, prelude::*};

use super::model as users;
use crate::access::{Can, Recent, roles::Grant};

/// Lists all roles.
pub async fn list(_: Can<Grant>, State(ctx): State<AppContext>) -> Result<Json<Vec<Role>>> {
    Ok(Json(ctx.roles().list(&ctx.db).await?))
}

/// Lists the roles of an account.
pub async fn of_account(
    _: Can<Grant>,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
) -> Result<Json<Vec<Role>>> {
    let user = users::Model::get(&ctx.db, id).await?;
    Ok(Json(ctx.roles().of(&ctx.db, user.id).await?))
}

/// Gives a role to an account.
pub async fn assign(
    who: Recent<Can<Grant>>,
    State(ctx): State<AppContext>,
    Path((id, role)): Path<(Id, String)>,
) -> Result<NoContent> {
    ctx.db
        .transact(async |tx| {
            let user = users::Model::get(tx, id).await?;
            if ctx.roles().assign(tx, id, &role, who.grants()).await? {
                ctx.audit(tx, &who, "role.assigned", &user)
                    .changed("role", (), &role)
                    .await?;
            }
            Ok(NoContent)
        })
        .await
}

/// Takes a role from an account.
pub async fn unassign(
    who: Recent<Can<Grant>>,
    State(ctx): State<AppContext>,
    Path((id, role)): Path<(Id, String)>,
) -> Result<NoContent> {
    ctx.db
        .transact(async |tx| {
            let user = users::Model::get(tx, id).await?;
            if !ctx.roles().unassign(tx, id, &role, who.grants()).await? {
                return Err(Error::not_found());
            }
            ctx.audit(tx, &who, "role.unassigned", &user)
                .changed("role", &role, ())
                .await?;
            Ok(NoContent)
        })
        .await
}
