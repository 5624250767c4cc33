//! The handlers of `/api/articles`.

use fw::{db::Db, prelude::*};
use sea_orm::Condition;

use super::{
    dto::{ArticleBody, ArticleFilter, ArticlePatchBody, ArticlesBody, NewArticleBody, Page},
    model::{ActiveModel, Column, Entity as Articles, Model as Article},
    view,
};
use crate::{
    access::{SignedIn, Viewer},
    errors::{forbidden, not_found},
    favorites::model as favorites,
    follows::model as follows,
    tags::model as tags,
    users::model as users,
};

/// Lists articles.
pub async fn list(
    Viewer(viewer): Viewer,
    State(ctx): State<AppContext>,
    ValidQuery(filter): ValidQuery<ArticleFilter>,
    ValidQuery(page): ValidQuery<Page>,
) -> Result<Json<ArticlesBody>> {
    let with_tag = |tag: String| Column::Id.in_subquery(tags::articles_with(&tag));
    let favorite_of = |name: String| Column::Id.in_subquery(favorites::ids_of(&name));
    let by_author = |name: String| users::Column::Username.eq(name);
    let condition = Condition::all()
        .add_option(filter.tag.map(with_tag))
        .add_option(filter.favorited.map(favorite_of))
        .add_option(filter.author.map(by_author));
    Ok(Json(view::page(&ctx.db, viewer, condition, &page).await?))
}

/// Lists the articles of those whom the caller follows.
pub async fn feed(
    who: SignedIn,
    State(ctx): State<AppContext>,
    ValidQuery(page): ValidQuery<Page>,
) -> Result<Json<ArticlesBody>> {
    let followed = Column::AuthorId.in_subquery(follows::followed_by(who.id));
    let articles = view::page(&ctx.db, Some(who.id), followed.into(), &page).await?;
    Ok(Json(articles))
}

/// Shows an article.
pub async fn show(
    Viewer(viewer): Viewer,
    State(ctx): State<AppContext>,
    Path(slug): Path<String>,
) -> Result<Json<ArticleBody>> {
    let article = view::one(&ctx.db, viewer, Column::Slug.eq(slug)).await?;
    Ok(Json(ArticleBody { article }))
}

/// Publishes an article.
pub async fn create(
    who: SignedIn,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<NewArticleBody>,
) -> Result<Created<ArticleBody>> {
    let new = body.article;
    let article = ActiveModel {
        title: Set(new.title.clone()),
        description: Set(new.description),
        body: Set(new.body),
        author_id: Set(who.id),
        ..Default::default()
    };
    let created = ctx.db.transact(async |tx| {
        let id = article.save_as(&new.title, tx).await?.id;
        tags::add(tx, id, new.tag_list).await?;
        Ok(id)
    });
    let body = shown(&ctx.db, &who, created.await?).await?;
    Ok(Created::at(body.article.summary.slug.clone(), body))
}

/// Changes the given fields of an article of the caller.
pub async fn update(
    who: SignedIn,
    State(ctx): State<AppContext>,
    Path(slug): Path<String>,
    ValidJson(body): ValidJson<ArticlePatchBody>,
) -> Result<Json<ArticleBody>> {
    let article = own(&ctx.db, &who, &slug).await?;
    let patch = body.article;
    let new_title = patch.title.value().filter(|title| *title != article.title);
    let mut changed = ActiveModel {
        id: Unchanged(article.id),
        description: patch.description.into(),
        body: patch.body.into(),
        ..Default::default()
    };
    let saved = ctx.db.transact(async |tx| {
        match new_title {
            Some(title) => {
                changed.title = Set(title.clone());
                changed.save_as(&title, tx).await?
            }
            None => changed.update(tx).await?,
        };
        match patch.tag_list.value() {
            Some(names) => tags::replace(tx, article.id, names).await,
            None => Ok(()),
        }
    });
    saved.await?;
    Ok(Json(shown(&ctx.db, &who, article.id).await?))
}

/// Deletes an article of the caller.
pub async fn destroy(
    who: SignedIn,
    State(ctx): State<AppContext>,
    Path(slug): Path<String>,
) -> Result<NoContent> {
    let article = own(&ctx.db, &who, &slug).await?;
    Articles::delete_by_id(article.id).exec(&ctx.db).await?;
    Ok(NoContent)
}

/// Makes an article a favourite of the caller. One that is so already stays it.
pub async fn favorite(
    who: SignedIn,
    State(ctx): State<AppContext>,
    Path(slug): Path<String>,
) -> Result<Json<ArticleBody>> {
    let article = find(&ctx.db, &slug).await?;
    favorites::add(&ctx.db, who.id, article.id).await?;
    Ok(Json(shown(&ctx.db, &who, article.id).await?))
}

/// Takes an article from the favourites of the caller.
pub async fn unfavorite(
    who: SignedIn,
    State(ctx): State<AppContext>,
    Path(slug): Path<String>,
) -> Result<Json<ArticleBody>> {
    let article = find(&ctx.db, &slug).await?;
    favorites::remove(&ctx.db, who.id, article.id).await?;
    Ok(Json(shown(&ctx.db, &who, article.id).await?))
}

/// The article with a slug.
pub async fn find(db: &Db, slug: &str) -> Result<Article> {
    let article = Articles::find()
        .filter(Column::Slug.eq(slug))
        .one(db)
        .await?;
    article.ok_or_else(|| not_found("article"))
}

/// The article with a slug, if the caller has written it.
async fn own(db: &Db, who: &SignedIn, slug: &str) -> Result<Article> {
    let article = find(db, slug).await?;
    if article.author_id == who.id {
        Ok(article)
    } else {
        Err(forbidden("article"))
    }
}

/// An article as the caller sees it.
async fn shown(db: &Db, who: &SignedIn, id: Id) -> Result<ArticleBody> {
    let article = view::one(db, Some(who.id), Column::Id.eq(id)).await?;
    Ok(ArticleBody { article })
}
