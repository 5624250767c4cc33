//! Models: additions to SeaORM entities. Knows nothing of HTTP.
//!
//! - [`Listing`] declares by which columns clients may sort and filter ([`Filter`]) and which relations they may include; [`Keyset`] walks
//!   through a table in such an order.
//! - [`timestamps!`] keeps `created_at` and `updated_at`.
//! - [`OrNotFound`] turns "no such row" into a 404.
//! - [`UpdateAmong`] and [`CheckReference`] keep to the rows of the caller.
//! - [`Versioned`] keeps two editors of a row from overwriting each other.
//!
//! ```
//! mod posts {
//!     use fw::model::prelude::*;
//!
//!     #[sea_orm::model]
//!     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
//!     #[sea_orm(table_name = "posts")]
//!     pub struct Model {
//!         #[sea_orm(primary_key)]
//!         pub id: i64,
//!         pub title: String,
//!         pub created_at: DateTimeUtc,
//!         pub updated_at: DateTimeUtc,
//!     }
//!
//!     fw::model::timestamps!(ActiveModel);
//!
//!     impl Listing for Entity {
//!         type Query = Select<Self>;
//!
//!         fn columns() -> ListColumns<Self> {
//!             ListColumns::new().sort([Column::Title]).filter([Column::Title])
//!         }
//!     }
//! }
//! ```

pub mod prelude;

mod among;
mod filter;
mod inclusion;
mod keyset;
mod list_query;
mod listing;
mod numeric;
mod or_not_found;
mod patch;
mod place;
#[cfg(all(test, feature = "sqlite"))]
pub(crate) mod tests;
mod timestamps;
mod value;
mod versioned;

#[doc(inline)]
pub use crate::__timestamps as timestamps;

pub use self::{
    among::{CheckReference, UpdateAmong},
    filter::{Filter, Operator},
    keyset::{InvalidCursor, Keyset},
    list_query::{IncludesRelations, ListQuery, QueryOf},
    listing::{Direction, ListColumns, Listing},
    or_not_found::OrNotFound,
    timestamps::now,
    versioned::{UpdateAt, Versioned, Versions, VersionsAmong},
};
pub(crate) use self::{filter::Predicate, inclusion::Inclusion};
