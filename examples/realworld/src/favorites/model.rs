//! The `favorites` table. Knows nothing of HTTP.

use fw::{controller::Id, model::prelude::*};
use sea_orm::{
    ExprTrait, QueryTrait,
    sea_query::{Expr, SelectStatement},
};

use crate::articles::model as articles;
use crate::users::model as users;

/// A row of `favorites`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "favorites")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub user_id: i64,
    pub article_id: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<users::Entity>,
    #[sea_orm(belongs_to, from = "article_id", to = "id")]
    pub article: BelongsTo<articles::Entity>,
}

fw::model::timestamps!(ActiveModel);

/// Marks an article as a favourite of a user. The unique index keeps a second row out.
pub async fn add(db: &Db, user: Id, article: Id) -> Result<()> {
    let favorite = ActiveModel {
        user_id: Set(user),
        article_id: Set(article),
        ..Default::default()
    };
    Entity::insert(favorite)
        .on_conflict_do_nothing_on([Column::UserId, Column::ArticleId])
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Takes the mark away.
pub async fn remove(db: &Db, user: Id, article: Id) -> Result<()> {
    let favorite = Entity::delete_many()
        .filter(Column::UserId.eq(user))
        .filter(Column::ArticleId.eq(article));
    favorite.exec(db).await?;
    Ok(())
}

/// An expression in a query of `articles`: the number of users whose favourite one is.
pub fn count() -> Expr {
    let favorites = of_article().select_only().expr(Column::Id.count());
    Expr::from(favorites.into_query())
}

/// An expression in a query of `articles`: whether one is a favourite of `viewer`.
pub fn has_user(viewer: Option<Id>) -> Expr {
    Expr::exists(of_article().filter(Column::UserId.eq(viewer)).into_query())
}

/// The ids of the favourites of a user.
pub fn ids_of(username: &str) -> SelectStatement {
    let favorites = Entity::find()
        .inner_join(users::Entity)
        .filter(users::Column::Username.eq(username));
    favorites
        .select_only()
        .column(Column::ArticleId)
        .into_query()
}

fn of_article() -> Select<Entity> {
    let article = articles::Column::Id.as_column_ref();
    Entity::find().filter(Column::ArticleId.into_expr().equals(article))
}
