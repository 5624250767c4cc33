//! What the file of an entity needs: `use fw::model::prelude::*;`.

#[cfg(feature = "openapi")]
pub use schemars::{self, JsonSchema};
pub use sea_orm::{self, entity::prelude::*};
pub use serde::{Deserialize, Serialize};

pub use super::{ListColumns, Listing, Versioned};
pub use crate::validation::Numeric;
