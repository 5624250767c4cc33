//! The handlers of `/api/v1/posts`.

use fw::prelude::*;

use super::{
    dto::{PostBody, PostPatch, PostView},
    model::Entity as Posts,
};

/// Lists posts, a page at a time.
pub async fn list(
    _: Anyone,
    State(ctx): State<AppContext>,
    params: ListParams<Posts>,
) -> Result<Paginated<PostView>> {
    Ok(params
        .fetch(Posts::load(), &ctx.db)
        .await?
        .map(PostView::from))
}

/// Shows one post.
pub async fn show(
    _: Anyone,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
    include: Include<Posts>,
) -> Result<Json<PostView>> {
    let post = include
        .with(Posts::load().filter_by_id(id))
        .one(&ctx.db)
        .await?
        .or_not_found()?;
    Ok(Json(post.into()))
}

/// Creates a post.
pub async fn create(
    _: Anyone,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<PostBody>,
) -> Result<Created<PostView>> {
    let post = body.into_active_model().insert(&ctx.db).await?;
    Ok(Created::at(post.id, post.into()))
}

/// Replaces a post: every field must be given.
pub async fn replace(
    _: Anyone,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
    FullJson(body): FullJson<PostBody>,
) -> Result<Json<PostView>> {
    let mut post = body.into_active_model();
    post.id = Unchanged(id);
    Ok(Json(post.update(&ctx.db).await?.into()))
}

/// Changes the given fields of a post.
pub async fn update(
    _: Anyone,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
    ValidJson(patch): ValidJson<PostPatch>,
) -> Result<Json<PostView>> {
    let mut post = patch.into_active_model();
    post.id = Unchanged(id);
    Ok(Json(post.update(&ctx.db).await?.into()))
}

/// Deletes a post.
pub async fn destroy(
    _: Anyone,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
) -> Result<NoContent> {
    Posts::delete_by_id(id)
        .exec(&ctx.db)
        .await?
        .or_not_found()?;
    Ok(NoContent)
}
