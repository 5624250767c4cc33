//! The bodies of responses.

use fw::{dto::prelude::*, prelude::*};
use sea_orm::{FromQueryResult, QuerySelect};

use crate::{follows::model as follows, users::model as users};

/// `{"profile": {…}}`
#[derive(Debug, JsonSchema, Serialize)]
pub struct ProfileBody {
    pub profile: ProfileView,
}

/// A user as others see them.
#[derive(Debug, FromQueryResult, JsonSchema, Serialize)]
pub struct ProfileView {
    pub username: String,
    pub bio: Option<String>,
    pub image: Option<String>,
    pub following: bool,
}

impl ProfileView {
    /// Adds the columns of a profile, as `viewer` sees it, to a query of `users`.
    pub fn select<S: QuerySelect>(query: S, viewer: Option<Id>) -> S {
        query
            .column(users::Column::Username)
            .column(users::Column::Bio)
            .column(users::Column::Image)
            .expr_as(follows::has_follower(viewer), "following")
    }
}
