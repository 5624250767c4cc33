//! The bodies of requests and responses.

use fw::dto::prelude::*;
use sea_orm::FromQueryResult;

use crate::{errors::present, profiles::dto::ProfileView};

/// `{"comment": {…}}`: a new comment.
#[derive(Deserialize, JsonSchema, Validate)]
pub struct NewCommentBody {
    #[garde(dive)]
    pub comment: NewComment,
}

#[derive(Deserialize, JsonSchema, Validate)]
pub struct NewComment {
    #[garde(custom(present), length(chars, max = 65_535))]
    pub body: String,
}

/// `{"comment": {…}}`
#[derive(Debug, JsonSchema, Serialize)]
pub struct CommentBody {
    pub comment: CommentView,
}

/// `{"comments": […]}`
#[derive(Debug, JsonSchema, Serialize)]
pub struct CommentsBody {
    pub comments: Vec<CommentView>,
}

/// A comment as somebody sees it.
#[derive(Debug, FromQueryResult, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CommentView {
    pub id: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub body: String,
    #[sea_orm(nested)]
    pub author: ProfileView,
}
