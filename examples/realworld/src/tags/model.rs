//! The `tags` table. Knows nothing of HTTP.

use fw::{controller::Id, db::Transaction, model::prelude::*};
use sea_orm::{QueryTrait, sea_query::SelectStatement};

use crate::articles::model as articles;

/// A row of `tags`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tags")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub article_id: i64,
    pub name: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "article_id", to = "id")]
    pub article: BelongsTo<articles::Entity>,
}

fw::model::timestamps!(ActiveModel);

/// Replaces the tags of an article.
pub async fn replace(tx: &Transaction, article: Id, names: Vec<String>) -> Result<()> {
    let former = Entity::delete_many().filter(Column::ArticleId.eq(article));
    former.exec(tx).await?;
    add(tx, article, names).await
}

/// Adds tags to an article, in their order. A name that is repeated counts once.
pub async fn add(tx: &Transaction, article: Id, names: Vec<String>) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let tags = names.into_iter().map(|name| ActiveModel {
        article_id: Set(article),
        name: Set(name),
        ..Default::default()
    });
    Entity::insert_many(tags)
        .on_conflict_do_nothing_on([Column::ArticleId, Column::Name])
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// The ids of the articles with a tag.
pub fn articles_with(name: &str) -> SelectStatement {
    let tags = Entity::find().filter(Column::Name.eq(name));
    tags.select_only().column(Column::ArticleId).into_query()
}
