//! The bodies of requests and responses.

use fw::dto::prelude::*;
use sea_orm::FromQueryResult;

use crate::{errors::present, profiles::dto::ProfileView};

/// `{"article": {…}}`: a new article.
#[derive(Deserialize, JsonSchema, Validate)]
pub struct NewArticleBody {
    #[garde(dive)]
    pub article: NewArticle,
}

#[derive(Deserialize, JsonSchema, Validate)]
#[serde(rename_all = "camelCase")]
pub struct NewArticle {
    #[garde(custom(present), length(chars, max = 255))]
    pub title: String,
    #[garde(custom(present), length(chars, max = 65_535))]
    pub description: String,
    #[garde(custom(present), length(chars, max = 65_535))]
    pub body: String,
    #[garde(length(max = 50), inner(custom(present), length(chars, max = 255)))]
    #[serde(default)]
    pub tag_list: Vec<String>,
}

/// `{"article": {…}}`: a change of what is named.
#[derive(Deserialize, JsonSchema, Validate)]
pub struct ArticlePatchBody {
    #[garde(dive)]
    pub article: ArticlePatch,
}

#[derive(Default, Deserialize, JsonSchema, Validate)]
#[serde(default, rename_all = "camelCase")]
pub struct ArticlePatch {
    #[garde(inner(custom(present)), length(chars, max = 255))]
    pub title: Patch<String>,
    #[garde(inner(custom(present)), length(chars, max = 65_535))]
    pub description: Patch<String>,
    #[garde(inner(custom(present)), length(chars, max = 65_535))]
    pub body: Patch<String>,
    #[garde(
        length(max = 50),
        inner(inner(custom(present), length(chars, max = 255)))
    )]
    pub tag_list: Patch<Vec<String>>,
}

/// The filters of the list.
#[derive(Deserialize, JsonSchema, Validate)]
pub struct ArticleFilter {
    #[garde(skip)]
    pub tag: Option<String>,
    #[garde(skip)]
    pub author: Option<String>,
    #[garde(skip)]
    pub favorited: Option<String>,
}

/// The part of a list that is asked for.
#[derive(Deserialize, JsonSchema, Validate)]
pub struct Page {
    /// The number of articles: 20 unless it is given, and never more than 100.
    #[garde(range(min = 1))]
    pub limit: Option<u32>,
    /// The number of articles to skip.
    #[garde(skip)]
    pub offset: Option<u32>,
}

/// `{"article": {…}}`
#[derive(Debug, JsonSchema, Serialize)]
pub struct ArticleBody {
    pub article: ArticleView,
}

/// `{"articles": […], "articlesCount": 1}`
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArticlesBody {
    pub articles: Vec<ArticleSummary>,
    /// The number of articles on all pages.
    pub articles_count: u64,
}

/// An article with its body.
#[derive(Debug, FromQueryResult, JsonSchema, Serialize)]
pub struct ArticleView {
    #[sea_orm(nested)]
    #[serde(flatten)]
    pub summary: ArticleSummary,
    pub body: String,
}

/// An article as lists have it.
#[derive(Debug, FromQueryResult, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArticleSummary {
    #[serde(skip)]
    pub id: i64,
    pub slug: String,
    pub title: String,
    pub description: String,
    #[sea_orm(skip)]
    pub tag_list: Vec<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub favorited: bool,
    pub favorites_count: i64,
    #[sea_orm(nested)]
    pub author: ProfileView,
}
