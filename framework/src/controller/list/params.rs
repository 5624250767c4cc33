//! The extractor of the query parameters of a list.

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};
use sea_orm::ConnectionTrait;

use super::{
    Paginated, page, parameters,
    query::{self, Query},
};
use crate::{
    controller::extract::query_pairs,
    error::{Error, Result},
    model::{ListQuery, Listing, QueryOf},
    openapi::{Input, Operation, Parameter},
};

/// An extractor of the query parameters of a list of `E`; invalid ones are a 422 that names each parameter at fault.
///
/// - `limit`: rows per page, 1 to 100, default 20
/// - `cursor`: the `next_cursor` of the page before
/// - `page`: a number from 1 instead of a cursor; the response then has the `total` number of rows
/// - `sort`: names of columns, each with `-` before it for the largest first: `sort=-created_at,title`. NULL comes last
/// - filters: the name of a column, alone or with an [operator](crate::model::Operator): `status=draft&created_at[gte]=…`. A row
///   must pass all of them
/// - `include`: names of relations to have with each row: `include=author`
/// - `fields`: names of the fields that each element of the response is limited to: `fields=title,status`. The primary key and
///   the included relations are always there
///
/// ```
/// # mod posts {
/// #     use fw::model::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "posts")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub title: String }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// #     impl Listing for Entity {
/// #         type Query = Select<Self>;
/// #
/// #         fn columns() -> ListColumns<Self> { ListColumns::new().sort([Column::Title]).filter([Column::Title]) }
/// #     }
/// # }
/// use fw::prelude::*;
///
/// // GET /api/v1/posts?title[starts_with]=rust&sort=-title&limit=50&fields=title
/// async fn list(
///     _: Anyone,
///     State(ctx): State<AppContext>,
///     params: ListParams<posts::Entity>,
/// ) -> Result<Paginated<posts::Model>> {
///     params.fetch(posts::Entity::find(), &ctx.db).await
/// }
/// ```
pub struct ListParams<E: Listing> {
    pub(super) query: Query<E>,
    /// The names and values of the query string, for the links of a page.
    #[cfg(feature = "views")]
    pub(super) pairs: Vec<(String, String)>,
}

impl<E: Listing> ListParams<E> {
    /// Reads the requested page, with the requested relations, from the rows of the entity's [query](Listing::Query):
    /// `Posts::find()` or `Posts::load()`, perhaps with filters of your own. The number of queries does not depend on the number of
    /// rows.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn fetch<Kind, C>(
        self,
        query: impl QueryOf<E::Query>,
        db: &C,
    ) -> Result<Paginated<<E::Query as ListQuery<E, Kind>>::Row>>
    where
        E::Query: ListQuery<E, Kind>,
        C: ConnectionTrait,
    {
        let query = self.query.include.with(query);
        page::read(self.query, query, db).await
    }

    pub(super) fn read(pairs: &[(String, String)]) -> Result<Self> {
        let query = query::read(pairs)?;
        Ok(Self {
            query,
            #[cfg(feature = "views")]
            pairs: pairs.to_vec(),
        })
    }

    /// The query parameters, for the description of the API. Exactly what their schemas allow is accepted.
    pub fn parameters() -> Vec<Parameter> {
        parameters::all(&E::columns())
    }
}

impl<E: Listing> Input for ListParams<E> {
    fn describe(operation: &mut Operation<'_>) {
        for parameter in Self::parameters() {
            operation.parameter(parameter);
        }
        operation.standard_problem(StatusCode::UNPROCESSABLE_ENTITY);
    }
}

impl<E: Listing, S: Send + Sync> FromRequestParts<S> for ListParams<E> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        Self::read(&query_pairs(parts)?)
    }
}
