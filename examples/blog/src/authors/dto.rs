//! The bodies of requests and responses.

use fw::dto::prelude::*;

use super::model::{ActiveModel, Model};

/// An author as clients send it.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AuthorBody {
    #[garde(length(chars, min = 1, max = 255))]
    pub name: String,
}

/// A change of some fields of an author: absent fields stay as they are.
#[derive(Debug, Default, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct AuthorPatch {
    #[garde(length(chars, min = 1, max = 255))]
    pub name: Patch<String>,
}

/// An author as clients get it.
#[derive(Debug, JsonSchema, Serialize)]
pub struct AuthorView {
    pub id: i64,
    pub name: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl AuthorBody {
    /// The row that this body describes.
    pub fn into_active_model(self) -> ActiveModel {
        ActiveModel {
            name: Set(self.name),
            ..Default::default()
        }
    }
}

impl AuthorPatch {
    /// The columns that this patch changes.
    pub fn into_active_model(self) -> ActiveModel {
        ActiveModel {
            name: self.name.into(),
            ..Default::default()
        }
    }
}

impl From<Model> for AuthorView {
    fn from(author: Model) -> Self {
        Self {
            id: author.id,
            name: author.name,
            created_at: author.created_at,
            updated_at: author.updated_at,
        }
    }
}
