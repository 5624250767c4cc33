//! The handlers of `/api/articles/{slug}/comments`.

use fw::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, SelectModel, Selector, sea_query::Expr};

use super::{
    dto::{CommentBody, CommentView, CommentsBody, NewCommentBody},
    model::{ActiveModel, Column, Entity as Comments},
};
use crate::{
    access::{SignedIn, Viewer},
    articles::controller::find as find_article,
    errors::{forbidden, not_found},
    profiles::dto::ProfileView,
    users::model as users,
};

/// Lists the comments on an article, the oldest first.
pub async fn list(
    Viewer(viewer): Viewer,
    State(ctx): State<AppContext>,
    Path(slug): Path<String>,
) -> Result<Json<CommentsBody>> {
    let article = find_article(&ctx.db, &slug).await?;
    let comments = views(Column::ArticleId.eq(article.id), viewer);
    let comments = comments.all(&ctx.db).await?;
    Ok(Json(CommentsBody { comments }))
}

/// Comments on an article.
pub async fn create(
    who: SignedIn,
    State(ctx): State<AppContext>,
    Path(slug): Path<String>,
    ValidJson(body): ValidJson<NewCommentBody>,
) -> Result<Created<CommentBody>> {
    let article = find_article(&ctx.db, &slug).await?;
    let comment = ActiveModel {
        article_id: Set(article.id),
        author_id: Set(who.id),
        body: Set(body.comment.body),
        ..Default::default()
    };
    let id = comment.insert(&ctx.db).await?.id;
    let comment = views(Column::Id.eq(id), Some(who.id)).one(&ctx.db).await?;
    let comment = comment.ok_or_else(|| not_found("comment"))?;
    Ok(Created::at(id, CommentBody { comment }))
}

/// Deletes a comment of the caller.
pub async fn destroy(
    who: SignedIn,
    State(ctx): State<AppContext>,
    Path((slug, id)): Path<(String, Id)>,
) -> Result<NoContent> {
    let article = find_article(&ctx.db, &slug).await?;
    let comment = Comments::find_by_id(id).filter(Column::ArticleId.eq(article.id));
    let comment = comment
        .one(&ctx.db)
        .await?
        .ok_or_else(|| not_found("comment"))?;
    if comment.author_id != who.id {
        return Err(forbidden("comment"));
    }
    Comments::delete_by_id(id).exec(&ctx.db).await?;
    Ok(NoContent)
}

/// The comments that satisfy a condition, with their authors.
fn views(condition: Expr, viewer: Option<Id>) -> Selector<SelectModel<CommentView>> {
    let comments = Comments::find()
        .inner_join(users::Entity)
        .filter(condition)
        .order_by_asc(Column::Id)
        .select_only()
        .columns([
            Column::Id,
            Column::CreatedAt,
            Column::UpdatedAt,
            Column::Body,
        ]);
    ProfileView::select(comments, viewer).into_model()
}
