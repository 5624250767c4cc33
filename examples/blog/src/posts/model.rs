//! The `posts` table. Knows nothing of HTTP.

use fw::model::prelude::*;

use crate::authors::model as authors;

/// A row of `posts`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "posts")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub title: String,
    #[sea_orm(unique)]
    pub slug: String,
    #[sea_orm(column_type = "Text")]
    pub content: Option<String>,
    pub status: PostStatus,
    pub author_id: Option<i64>,
    pub rating: Option<Numeric<3, 2>>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "author_id", to = "id")]
    pub author: BelongsTo<Option<authors::Entity>>,
}

/// The possible values of `status` of a post.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    EnumIter,
    DeriveActiveEnum,
    Deserialize,
    JsonSchema,
    Serialize,
)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(60))",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum PostStatus {
    #[default]
    Draft,
    Published,
}

fw::model::timestamps!(ActiveModel);

impl Listing for Entity {
    type Query = EntityLoader;

    fn columns() -> ListColumns<Self> {
        ListColumns::new()
            .sort([Column::Title, Column::Slug, Column::Status, Column::Rating])
            .filter([
                Column::Slug,
                Column::AuthorId,
                Column::Rating,
                Column::CreatedAt,
            ])
            .filter_enum::<PostStatus>(Column::Status)
            .include("author", |posts: EntityLoader| posts.with(authors::Entity))
    }
}
