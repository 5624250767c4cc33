//! The `follows` table. Knows nothing of HTTP.

use fw::{controller::Id, model::prelude::*};
use sea_orm::{
    ExprTrait, QueryTrait,
    sea_query::{Expr, SelectStatement},
};

use crate::users::model as users;

/// A row of `follows`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "follows")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub follower_id: i64,
    pub followed_id: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(
        belongs_to,
        relation_enum = "Follower",
        from = "follower_id",
        to = "id"
    )]
    pub follower: BelongsTo<users::Entity>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Followed",
        from = "followed_id",
        to = "id"
    )]
    pub followed: BelongsTo<users::Entity>,
}

fw::model::timestamps!(ActiveModel);

/// Has `follower` follow somebody. The unique index keeps a second row out.
pub async fn add(db: &Db, follower: Id, followed: Id) -> Result<()> {
    let follow = ActiveModel {
        follower_id: Set(follower),
        followed_id: Set(followed),
        ..Default::default()
    };
    Entity::insert(follow)
        .on_conflict_do_nothing_on([Column::FollowerId, Column::FollowedId])
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Has `follower` no longer follow somebody.
pub async fn remove(db: &Db, follower: Id, followed: Id) -> Result<()> {
    let follow = Entity::delete_many()
        .filter(Column::FollowerId.eq(follower))
        .filter(Column::FollowedId.eq(followed));
    follow.exec(db).await?;
    Ok(())
}

/// An expression in a query of `users`: whether `viewer` follows them.
pub fn has_follower(viewer: Option<Id>) -> Expr {
    let user = users::Column::Id.as_column_ref();
    let follows = Entity::find()
        .filter(Column::FollowerId.eq(viewer))
        .filter(Column::FollowedId.into_expr().equals(user));
    Expr::exists(follows.into_query())
}

/// The ids of those whom a user follows.
pub fn followed_by(user: Id) -> SelectStatement {
    let follows = Entity::find().filter(Column::FollowerId.eq(user));
    follows
        .select_only()
        .column(Column::FollowedId)
        .into_query()
}
