//! The imports for the file of an entity: `use fw::model::prelude::*;`.

#[cfg(feature = "openapi")]
pub use schemars::{self, JsonSchema};
pub use sea_orm::{
    self,
    ActiveValue::{NotSet, Set, Unchanged},
    EntityLoaderTrait, PaginatorTrait, QueryOrder, QuerySelect,
    entity::prelude::*,
};
pub use serde::{Deserialize, Serialize};

pub use super::{
    CheckReference, ListColumns, Listing, OrNotFound, UpdateAmong, UpdateAt, Versioned,
};
pub use crate::{db::Db, error::Result, validation::Numeric};
