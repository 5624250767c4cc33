//! The `users` table. Knows nothing of HTTP.

use fw::model::prelude::*;

use crate::articles::model as articles;
use crate::comments::model as comments;
use crate::favorites::model as favorites;
use crate::follows::model as follows;

/// A row of `users`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(unique)]
    pub username: String,
    #[sea_orm(unique)]
    pub email: String,
    pub password_hash: String,
    #[sea_orm(column_type = "Text")]
    pub bio: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub image: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(has_many)]
    pub articles: HasMany<articles::Entity>,
    #[sea_orm(has_many)]
    pub comments: HasMany<comments::Entity>,
    #[sea_orm(has_many)]
    pub favorites: HasMany<favorites::Entity>,
    #[sea_orm(has_many, relation_enum = "FollowerFollows", via_rel = "Follower")]
    pub follower_follows: HasMany<follows::Entity>,
    #[sea_orm(has_many, relation_enum = "FollowedFollows", via_rel = "Followed")]
    pub followed_follows: HasMany<follows::Entity>,
}

fw::model::timestamps!(ActiveModel);
