//! Articles as somebody sees them: each list is three queries, however many articles it has.

use fw::{db::Db, prelude::*};
use sea_orm::{Condition, PaginatorTrait, QueryOrder, QuerySelect, Select, sea_query::Expr};

use super::{
    dto::{ArticleSummary, ArticleView, ArticlesBody, Page},
    model::{Column, Entity as Articles},
};
use crate::{
    errors::not_found,
    favorites::model as favorites,
    profiles::dto::ProfileView,
    tags::model::{self as tags, Entity as Tags},
    users::model as users,
};

/// A page of the articles that satisfy a condition, the newest first.
pub async fn page(
    db: &Db,
    viewer: Option<Id>,
    condition: Condition,
    page: &Page,
) -> Result<ArticlesBody> {
    let all = Articles::find().inner_join(users::Entity).filter(condition);
    let articles_count = all.clone().count(db).await?;
    let rows = select(all, viewer)
        .order_by_desc(Column::Id)
        .limit(u64::from(page.limit.unwrap_or(20).min(100)))
        .offset(u64::from(page.offset.unwrap_or(0)));
    let mut articles = rows.into_model().all(db).await?;
    add_tags(db, &mut articles).await?;
    Ok(ArticlesBody {
        articles,
        articles_count,
    })
}

/// The article that satisfies a condition, with its body.
pub async fn one(db: &Db, viewer: Option<Id>, condition: Expr) -> Result<ArticleView> {
    let article = Articles::find().inner_join(users::Entity).filter(condition);
    let article = select(article, viewer).column(Column::Body);
    let article: Option<ArticleView> = article.into_model().one(db).await?;
    let mut article = article.ok_or_else(|| not_found("article"))?;
    add_tags(db, std::slice::from_mut(&mut article.summary)).await?;
    Ok(article)
}

/// The columns of [`ArticleSummary`], but for the tags.
fn select(articles: Select<Articles>, viewer: Option<Id>) -> Select<Articles> {
    let articles = articles
        .select_only()
        .columns([Column::Id, Column::Slug, Column::Title, Column::Description])
        .columns([Column::CreatedAt, Column::UpdatedAt])
        .expr_as(favorites::has_user(viewer), "favorited")
        .expr_as(favorites::count(), "favorites_count");
    ProfileView::select(articles, viewer)
}

async fn add_tags(db: &Db, articles: &mut [ArticleSummary]) -> Result<()> {
    let ids = articles.iter().map(|article| article.id);
    let tags = Tags::find().filter(tags::Column::ArticleId.is_in(ids));
    // In the order in which they were given.
    for tag in tags.order_by_asc(tags::Column::Id).all(db).await? {
        let mut articles = articles.iter_mut();
        if let Some(article) = articles.find(|article| article.id == tag.article_id) {
            article.tag_list.push(tag.name);
        }
    }
    Ok(())
}
