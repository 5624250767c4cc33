//! What clients send and get: see [`crate::validation`] for how it is checked.

/// What the file of a resource's request and response types needs: `use fw::dto::prelude::*;`.
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

    pub use crate::validation::{Base64, JsonDocument, Numeric, Patch};
}
