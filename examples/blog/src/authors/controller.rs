//! The handlers of `/api/v1/authors`.

use fw::prelude::*;

use super::{
    dto::{AuthorBody, AuthorPatch, AuthorView},
    model::Entity as Authors,
};

/// Lists authors, a page at a time.
pub async fn list(
    _: Anyone,
    State(ctx): State<AppContext>,
    params: ListParams<Authors>,
) -> Result<Paginated<AuthorView>> {
    Ok(params
        .fetch(Authors::find(), &ctx.db)
        .await?
        .map(AuthorView::from))
}

/// Shows one author.
pub async fn show(
    _: Anyone,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
) -> Result<Json<AuthorView>> {
    let author = Authors::find_by_id(id).one(&ctx.db).await?.or_not_found()?;
    Ok(Json(author.into()))
}

/// Creates an author.
pub async fn create(
    _: Anyone,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<AuthorBody>,
) -> Result<Created<AuthorView>> {
    let author = body.into_active_model().insert(&ctx.db).await?;
    Ok(Created::at(author.id, author.into()))
}

/// Replaces an author: every field must be given.
pub async fn replace(
    _: Anyone,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
    FullJson(body): FullJson<AuthorBody>,
) -> Result<Json<AuthorView>> {
    let mut author = body.into_active_model();
    author.id = Unchanged(id);
    Ok(Json(author.update(&ctx.db).await?.into()))
}

/// Changes the given fields of an author.
pub async fn update(
    _: Anyone,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
    ValidJson(patch): ValidJson<AuthorPatch>,
) -> Result<Json<AuthorView>> {
    let mut author = patch.into_active_model();
    author.id = Unchanged(id);
    Ok(Json(author.update(&ctx.db).await?.into()))
}

/// Deletes an author.
pub async fn destroy(
    _: Anyone,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
) -> Result<NoContent> {
    Authors::delete_by_id(id)
        .exec(&ctx.db)
        .await?
        .or_not_found()?;
    Ok(NoContent)
}
