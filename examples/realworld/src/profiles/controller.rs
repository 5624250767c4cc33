//! The handlers of `/api/profiles`.

use fw::{db::Db, prelude::*};
use sea_orm::QuerySelect;

use super::dto::{ProfileBody, ProfileView};
use crate::{
    access::{SignedIn, Viewer},
    errors::not_found,
    follows::model as follows,
    users::model::{Column, Entity as Users, Model as User},
};

/// Shows a profile.
pub async fn show(
    Viewer(viewer): Viewer,
    State(ctx): State<AppContext>,
    Path(username): Path<String>,
) -> Result<Json<ProfileBody>> {
    Ok(Json(shown(&ctx.db, viewer, &username).await?))
}

/// Follows a user. Who follows them already goes on to do so.
pub async fn follow(
    who: SignedIn,
    State(ctx): State<AppContext>,
    Path(username): Path<String>,
) -> Result<Json<ProfileBody>> {
    let user = find(&ctx.db, &username).await?;
    follows::add(&ctx.db, who.id, user.id).await?;
    Ok(Json(shown(&ctx.db, Some(who.id), &username).await?))
}

/// Ceases to follow a user.
pub async fn unfollow(
    who: SignedIn,
    State(ctx): State<AppContext>,
    Path(username): Path<String>,
) -> Result<Json<ProfileBody>> {
    let user = find(&ctx.db, &username).await?;
    follows::remove(&ctx.db, who.id, user.id).await?;
    Ok(Json(shown(&ctx.db, Some(who.id), &username).await?))
}

async fn find(db: &Db, username: &str) -> Result<User> {
    let user = Users::find()
        .filter(Column::Username.eq(username))
        .one(db)
        .await?;
    user.ok_or_else(|| not_found("profile"))
}

/// A profile as somebody sees it.
async fn shown(db: &Db, viewer: Option<Id>, username: &str) -> Result<ProfileBody> {
    let user = Users::find().filter(Column::Username.eq(username));
    let profile = ProfileView::select(user.select_only(), viewer);
    let profile = profile.into_model().one(db).await?;
    let profile = profile.ok_or_else(|| not_found("profile"))?;
    Ok(ProfileBody { profile })
}
