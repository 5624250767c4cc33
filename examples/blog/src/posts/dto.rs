//! The bodies of requests and responses.

use fw::dto::prelude::*;

use super::model::{ActiveModel, Model, ModelEx, PostStatus};
use crate::authors::dto::AuthorView;

/// A post as clients send it.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
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
    pub status: PostStatus,
    #[garde(skip)]
    pub author_id: Option<i64>,
    #[garde(skip)]
    pub rating: Option<Numeric<3, 2>>,
}

/// A change of some fields of a post: absent fields stay as they are.
#[derive(Debug, Default, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct PostPatch {
    #[garde(length(chars, min = 1, max = 255))]
    pub title: Patch<String>,
    #[garde(length(chars, min = 1, max = 255))]
    pub slug: Patch<String>,
    #[garde(length(chars, max = 65_535))]
    pub content: Patch<Option<String>>,
    #[garde(skip)]
    pub status: Patch<PostStatus>,
    #[garde(skip)]
    pub author_id: Patch<Option<i64>>,
    #[garde(skip)]
    pub rating: Patch<Option<Numeric<3, 2>>>,
}

/// A post as clients get it.
#[derive(Debug, JsonSchema, Serialize)]
pub struct PostView {
    pub id: i64,
    pub title: String,
    pub slug: String,
    pub content: Option<String>,
    pub status: PostStatus,
    pub author_id: Option<i64>,
    pub rating: Option<Numeric<3, 2>>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<AuthorView>,
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

impl From<ModelEx> for PostView {
    fn from(post: ModelEx) -> Self {
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
            author: included(post.author),
        }
    }
}

impl From<Model> for PostView {
    fn from(post: Model) -> Self {
        post.into_ex().into()
    }
}
