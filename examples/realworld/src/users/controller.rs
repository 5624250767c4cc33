//! The handlers of `/api/users` and `/api/user`.

use fw::{
    auth::{AuthContext, Device, Issued, SignIn, invalid_sign_in},
    http::{HeaderMap, header},
    prelude::*,
};

use super::{
    dto::{LoginBody, RegistrationBody, UserBody, UserPatchBody},
    model::{ActiveModel, Column, Entity as Users},
};
use crate::access::SignedIn;

/// Registers a user, who is signed in then.
pub async fn register(
    _: Anyone,
    State(ctx): State<AppContext>,
    device: Device,
    ValidJson(body): ValidJson<RegistrationBody>,
) -> Result<Issued<Created<UserBody>>> {
    let user = ActiveModel {
        password_hash: Set(ctx.passwords().hash(&body.user.password).await?),
        username: Set(body.user.username),
        email: Set(body.user.email),
        ..Default::default()
    };
    let registered = ctx.db.transact(async |tx| {
        let user = user.insert(tx).await?;
        let sign_in = SignIn::of(user.id, "password").from(&device);
        Ok((user, ctx.tokens().start(tx, sign_in).await?))
    });
    let (user, tokens) = registered.await?;
    let body = UserBody::new(user, tokens.access_token);
    Ok(Issued::new(Created::at("/api/user", body)))
}

/// Signs a user in.
pub async fn login(
    _: Anyone,
    State(ctx): State<AppContext>,
    device: Device,
    ValidJson(body): ValidJson<LoginBody>,
) -> Result<Issued<Json<UserBody>>> {
    let by_email = Users::find().filter(Column::Email.eq(body.user.email));
    let user = by_email.one(&ctx.db).await?;
    // The same work, and the same response, whether there is such a user or not.
    let stored = user.as_ref().map(|user| &*user.password_hash);
    let check = ctx.passwords().verify(&body.user.password, stored).await?;
    let user = user.ok_or_else(invalid_sign_in)?;
    let tokens = ctx.db.transact(async |tx| {
        check.store(tx, &user, Column::PasswordHash).await?;
        let sign_in = SignIn::of(user.id, "password").from(&device);
        ctx.tokens().start(tx, sign_in).await
    });
    let token = tokens.await?.access_token;
    Ok(Issued::new(Json(UserBody::new(user, token))))
}

/// Shows the caller to themselves.
pub async fn show(
    who: SignedIn,
    State(ctx): State<AppContext>,
    headers: HeaderMap,
) -> Result<Issued<Json<UserBody>>> {
    let user = Users::find_by_id(who.id)
        .one(&ctx.db)
        .await?
        .or_not_found()?;
    Ok(Issued::new(Json(UserBody::new(user, token_of(&headers)))))
}

/// Changes the given fields of the caller.
pub async fn update(
    who: SignedIn,
    State(ctx): State<AppContext>,
    headers: HeaderMap,
    ValidJson(body): ValidJson<UserPatchBody>,
) -> Result<Issued<Json<UserBody>>> {
    let patch = body.user;
    let some_text = |text: Option<String>| text.filter(|text| !text.is_empty());
    let mut user = ActiveModel {
        id: Unchanged(who.id),
        username: patch.username.into(),
        email: patch.email.into(),
        bio: patch.bio.map(some_text).into(),
        image: patch.image.map(some_text).into(),
        ..Default::default()
    };
    if let Some(password) = patch.password.value() {
        user.password_hash = Set(ctx.passwords().hash(&password).await?);
    }
    let changed = ctx.db.transact(async |tx| {
        let has_new_password = user.password_hash.is_set();
        let user = user.update(tx).await?;
        if has_new_password {
            // Whoever else knows the old one is out.
            let this = who.session().id;
            ctx.sessions().end_all(tx, who.id, Some(this)).await?;
        }
        Ok(user)
    });
    let user = changed.await?;
    Ok(Issued::new(Json(UserBody::new(user, token_of(&headers)))))
}

/// The token that the caller has sent.
fn token_of(headers: &HeaderMap) -> String {
    let value = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.split_once(' '));
    token.map(|(_, token)| token.to_owned()).unwrap_or_default()
}
