//! Lists with pagination, sorting and filters, and with a choice of fields and relations.
//!
//! ```
//! # mod posts {
//! #     use fw::model::prelude::*;
//! #     #[sea_orm::model]
//! #     #[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
//! #     #[sea_orm(table_name = "posts")]
//! #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub title: String }
//! #     impl ActiveModelBehavior for ActiveModel {}
//! #     impl Listing for Entity {
//! #         type Query = Select<Self>;
//! #
//! #         fn columns() -> ListColumns<Self> { ListColumns::new().sort([Column::Title]).filter([Column::Title]) }
//! #     }
//! # }
//! use fw::prelude::*;
//!
//! // GET /api/v1/posts?title[starts_with]=rust&sort=-title&limit=50&fields=title
//! async fn list(
//!     _: Anyone,
//!     State(ctx): State<AppContext>,
//!     params: ListParams<posts::Entity>,
//! ) -> Result<Paginated<posts::Model>> {
//!     params.fetch(posts::Entity::find(), &ctx.db).await
//! }
//! ```

mod checks;
mod include;
mod page;
mod paginated;
mod parameters;
mod params;
mod query;
mod sparse;
#[cfg(test)]
mod tests;

pub use self::{include::Include, paginated::Paginated, params::ListParams};
