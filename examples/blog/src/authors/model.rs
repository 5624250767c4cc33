//! The `authors` table. Knows nothing of HTTP.

use fw::model::prelude::*;

use crate::posts::model as posts;

/// A row of `authors`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "authors")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(has_many)]
    pub posts: HasMany<posts::Entity>,
}

fw::model::timestamps!(ActiveModel);

impl Listing for Entity {
    type Query = Select<Self>;

    fn columns() -> ListColumns<Self> {
        ListColumns::new()
            .sort([Column::Name])
            .filter([Column::CreatedAt])
    }
}
