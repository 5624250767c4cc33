//! The account of whoever is signed in.

use fw::{auth::prelude::*, prelude::*};

use super::{
    dto::{AccountPatch, AccountView},
    model as users,
};
use crate::access::{Recent, SignedIn};

/// Shows the account.
pub async fn show(who: SignedIn, State(ctx): State<AppContext>) -> Result<Json<AccountView>> {
    let user = users::Model::get(&ctx.db, who.id).await?;
    Ok(Json(user.into()))
}

/// Changes the given fields of the account.
pub async fn update(
    who: SignedIn,
    State(ctx): State<AppContext>,
    ValidJson(patch): ValidJson<AccountPatch>,
) -> Result<Json<AccountView>> {
    let user = users::ActiveModel {
        id: Unchanged(who.id),
        name: patch.name.into(),
        ..Default::default()
    };
    Ok(Json(user.update(&ctx.db).await?.into()))
}

/// Deletes the account, with its sessions and tokens.
pub async fn destroy(who: Recent, State(ctx): State<AppContext>) -> Result<Issued<NoContent>> {
    ctx.db
        .transact(async |tx| {
            ctx.audit(tx, &who, "account.deleted", format!("users:{}", who.id))
                .await?;
            ctx.roles().require_other_administrator(tx, who.id).await?;
            users::Entity::delete_by_id(who.id).exec(tx).await?;
            ctx.sessions().account_changed(tx, who.id).await
        })
        .await?;
    Ok(ctx.sessions().removed_cookie().with(NoContent))
}
