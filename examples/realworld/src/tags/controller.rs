//! The handler of `/api/tags`.

use fw::{dto::prelude::*, prelude::*};
use sea_orm::{QueryOrder, QuerySelect};

use super::model::{Column, Entity as Tags};

/// `{"tags": […]}`
#[derive(Debug, JsonSchema, Serialize)]
pub struct TagsBody {
    pub tags: Vec<String>,
}

/// Lists the tags in use.
pub async fn list(_: Anyone, State(ctx): State<AppContext>) -> Result<Json<TagsBody>> {
    let names = Tags::find().select_only().column(Column::Name).distinct();
    let names = names.order_by_asc(Column::Name).into_tuple();
    let tags = names.all(&ctx.db).await?;
    Ok(Json(TagsBody { tags }))
}
