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
///
/// ```
/// # mod models {
/// # pub mod authors {
/// #     use fw::model::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "authors")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub name: String }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # pub mod posts {
/// #     use fw::model::prelude::*;
/// #     use super::authors;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "posts")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)] pub id: i64,
/// #         pub title: String,
/// #         pub author_id: i64,
/// #         #[sea_orm(belongs_to, from = "author_id", to = "id")]
/// #         pub author: BelongsTo<authors::Entity>,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # }
/// # use fw::prelude::*;
/// # use models::{authors, posts};
/// # use serde_json::json;
/// use fw::dto::prelude::*;
///
/// #[derive(JsonSchema, Serialize)]
/// struct AuthorView {
///     name: String,
/// }
///
/// #[derive(JsonSchema, Serialize)]
/// struct PostView {
///     title: String,
///     #[serde(skip_serializing_if = "Option::is_none")]
///     author: Option<AuthorView>,
/// }
///
/// impl From<authors::Model> for AuthorView {
///     fn from(author: authors::Model) -> Self {
///         Self { name: author.name }
///     }
/// }
///
/// impl From<posts::ModelEx> for PostView {
///     fn from(post: posts::ModelEx) -> Self {
///         Self { title: post.title, author: included(post.author) }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let config = fw::config::DatabaseConfig { url: "sqlite::memory:".into(), ..Default::default() };
/// # let db = fw::db::Db::connect(&config).await?;
/// # db.execute_unprepared("CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").await?;
/// # db.execute_unprepared("CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL, author_id BIGINT NOT NULL)").await?;
/// # db.execute_unprepared("INSERT INTO authors VALUES (1, 'Frank')").await?;
/// # db.execute_unprepared("INSERT INTO posts VALUES (1, 'Dune', 1)").await?;
/// let post = posts::Entity::load().one(&db).await?.or_not_found()?;
/// assert_eq!(json!(PostView::from(post)), json!({ "title": "Dune" }));
///
/// let post = posts::Entity::load().with(authors::Entity).one(&db).await?.or_not_found()?;
/// assert_eq!(json!(PostView::from(post)), json!({ "title": "Dune", "author": { "name": "Frank" } }));
/// # Ok(())
/// # }
/// ```
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
