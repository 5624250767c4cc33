//! Request and response types (DTOs): see [`crate::validation`] for how requests are checked.

/// The imports for the file of a resource's request and response types: `use fw::dto::prelude::*;`.
pub mod prelude {
    pub use garde::Validate;
    #[cfg(feature = "openapi")]
    pub use schemars::{self, JsonSchema};
    pub use sea_orm::{
        ActiveValue::Set,
        prelude::{Date, DateTimeUtc, Decimal, Time, Uuid},
    };
    pub use serde::{Deserialize, Serialize};
    pub use serde_json::Value as JsonValue;

    pub use super::included;
    pub use crate::validation::{Base64, JsonDocument, Numeric, Patch};
}

use sea_orm::{BelongsToCardinality, EntityTrait, entity::prelude::BelongsTo};

type Related<T> = <T as BelongsToCardinality>::Entity;

/// The DTO of a related row that was read together with its own: `author: included(post.author)`. `None` if the relation was
/// not requested, and if there is no such row; a field with `#[serde(skip_serializing_if = "Option::is_none")]` is then
/// left out.
pub fn included<T, V>(relation: BelongsTo<T>) -> Option<V>
where
    T: BelongsToCardinality,
    T::Loaded: Into<Option<Box<<Related<T> as EntityTrait>::ModelEx>>>,
    <Related<T> as EntityTrait>::Model: From<<Related<T> as EntityTrait>::ModelEx>,
    V: From<<Related<T> as EntityTrait>::Model>,
{
    let BelongsTo::Loaded(row) = relation else {
        return None;
    };
    let row: Box<_> = row.into()?;
    Some(<Related<T> as EntityTrait>::Model::from(*row).into())
}
