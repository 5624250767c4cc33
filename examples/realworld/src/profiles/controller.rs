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
    let users = Users::find()
        .select_only()
        .filter(Column::Username.eq(username));
    let profile = ProfileView::select(users, viewer)
        .into_model()
        .one(&ctx.db)
        .await?;
    let profile = profile.ok_or_else(|| not_found("profile"))?;
    Ok(Json(ProfileBody { profile }))
}

/// Follows a user. Who follows them already goes on to do so.
pub async fn follow(
    who: SignedIn,
    State(ctx): State<AppContext>,
    Path(username): Path<String>,
) -> Result<Json<ProfileBody>> {
    let user = find(&ctx.db, &username).await?;
    follows::add(&ctx.db, who.id, user.id).await?;
    Ok(Json(profile(user, true)))
}

/// Ceases to follow a user.
pub async fn unfollow(
    who: SignedIn,
    State(ctx): State<AppContext>,
    Path(username): Path<String>,
) -> Result<Json<ProfileBody>> {
    let user = find(&ctx.db, &username).await?;
    follows::remove(&ctx.db, who.id, user.id).await?;
    Ok(Json(profile(user, false)))
}

async fn find(db: &Db, username: &str) -> Result<User> {
    let user = Users::find()
        .filter(Column::Username.eq(username))
        .one(db)
        .await?;
    user.ok_or_else(|| not_found("profile"))
}

fn profile(user: User, following: bool) -> ProfileBody {
    ProfileBody {
        profile: ProfileView {
            username: user.username,
            bio: user.bio,
            image: user.image,
            following,
        },
    }
}
