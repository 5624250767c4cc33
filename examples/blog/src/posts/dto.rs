//! What clients send and get.

use fw::{dto::prelude::*, validation::rules};

use super::model::{ActiveModel, Model, Status};

/// A post as clients send it.
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct PostBody {
    #[garde(length(chars, min = 1, max = 255))]
    pub title: String,
    #[garde(length(chars, min = 1, max = 255))]
    pub slug: String,
    #[garde(length(chars, max = 65_535))]
    pub content: Option<String>,
    #[garde(skip)]
    #[serde(default)]
    pub status: Status,
    #[garde(skip)]
    pub author_id: Option<i64>,
    #[garde(custom(rules::decimal(3, 2)))]
    pub rating: Option<Decimal>,
}

/// A change of some fields of a post: what is absent stays as it is.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct PostPatch {
    #[garde(inner(length(chars, min = 1, max = 255)))]
    pub title: Patch<String>,
    #[garde(inner(length(chars, min = 1, max = 255)))]
    pub slug: Patch<String>,
    #[garde(inner(length(chars, max = 65_535)))]
    pub content: Patch<Option<String>>,
    #[garde(skip)]
    pub status: Patch<Status>,
    #[garde(skip)]
    pub author_id: Patch<Option<i64>>,
    #[garde(inner(custom(rules::decimal(3, 2))))]
    pub rating: Patch<Option<Decimal>>,
}

/// A post as clients get it.
#[derive(Debug, Serialize)]
pub struct PostView {
    pub id: i64,
    pub title: String,
    pub slug: String,
    pub content: Option<String>,
    pub status: Status,
    pub author_id: Option<i64>,
    pub rating: Option<Decimal>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl PostBody {
    /// The row that this body describes.
    pub fn into_active_model(self) -> ActiveModel {
        ActiveModel {
            title: Set(self.title),
            slug: Set(self.slug),
            content: Set(self.content),
            status: Set(self.status),
            author_id: Set(self.author_id),
            rating: Set(self.rating),
            ..Default::default()
        }
    }
}

impl PostPatch {
    /// The columns that this patch changes.
    pub fn into_active_model(self) -> ActiveModel {
        ActiveModel {
            title: self.title.into(),
            slug: self.slug.into(),
            content: self.content.into(),
            status: self.status.into(),
            author_id: self.author_id.into(),
            rating: self.rating.into(),
            ..Default::default()
        }
    }
}

impl From<Model> for PostView {
    fn from(post: Model) -> Self {
        Self {
            id: post.id,
            title: post.title,
            slug: post.slug,
            content: post.content,
            status: post.status,
            author_id: post.author_id,
            rating: post.rating,
            created_at: post.created_at,
            updated_at: post.updated_at,
        }
    }
}
