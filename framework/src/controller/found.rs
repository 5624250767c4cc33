//! The extractor of the row that the path names.

use std::fmt;

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};
use sea_orm::{EntityTrait, PrimaryKeyTrait};
use serde::de::DeserializeOwned;

use super::Path;
use crate::{
    context::AppContext,
    error::Error,
    model::OrNotFound,
    openapi::{Input, Operation, Schema},
};

type KeyOf<E> = <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;

/// An extractor of the row of `E` whose primary key is the parameter of the path: `{id}`. A row that is not there is a 404, as a malformed key is.
///
/// ```
/// # mod books {
/// #     use fw::model::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "books")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub title: String }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use fw::prelude::*;
///
/// async fn title(_: Anyone, Found(book): Found<books::Entity>) -> String {
///     book.title
/// }
///
/// Routes::at("/books").with([get("/{id}/title", title)]);
/// ```
///
/// The access of the handler is checked before the row is read. A rule about the row itself, such as that it is the caller's own, is checked
/// in the handler.
pub struct Found<E: EntityTrait>(pub E::Model);

impl<E: EntityTrait> fmt::Debug for Found<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Found").field(&self.0).finish()
    }
}

impl<E> FromRequestParts<AppContext> for Found<E>
where
    E: EntityTrait,
    KeyOf<E>: DeserializeOwned + Send,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self, Error> {
        let Path(key) = Path::<KeyOf<E>>::from_request_parts(parts, ctx).await?;
        let row = E::find_by_id(key).one(&ctx.db).await?;
        Ok(Self(row.or_not_found()?))
    }
}

impl<E> Input for Found<E>
where
    E: EntityTrait,
    KeyOf<E>: Schema,
{
    const READS_QUERY: bool = false;

    fn describe(operation: &mut Operation<'_>) {
        operation.path_parameters::<KeyOf<E>>();
        operation.standard_problem(StatusCode::NOT_FOUND);
    }
}
