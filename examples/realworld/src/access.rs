//! Who may call: the access types of the application.

use fw::{
    auth::{Accounts, Grants, Standing},
    axum::extract::FromRequestParts,
    db::Db,
    http::{StatusCode, header, request::Parts},
    openapi::Operation,
    prelude::*,
};

use crate::users::model as users;

/// The accounts of the application.
pub struct Users;

impl Accounts for Users {
    type Id = Id;

    const TOKEN_SCHEME: &'static str = "Token";

    async fn standing(db: &Db, id: Id) -> Result<Option<Standing>> {
        let user = users::Entity::find_by_id(id).one(db).await?;
        Ok(user.map(|_| Standing::active(Grants::default())))
    }
}

/// Those who are signed in.
pub type SignedIn = fw::auth::SignedIn<Users>;

/// Everybody; who is signed in is known by their id. A token that is not valid is refused all the same.
pub struct Viewer(pub Option<Id>);

impl Access for Viewer {
    fn rule() -> String {
        "anyone, known when signed in".to_owned()
    }

    fn describe(operation: &mut Operation<'_>) {
        operation.problem(StatusCode::UNAUTHORIZED, "invalid_credential");
    }
}

impl FromRequestParts<AppContext> for Viewer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Ok(Self(None));
        }
        let caller = SignedIn::from_request_parts(parts, ctx).await?;
        Ok(Self(Some(caller.id)))
    }
}
