//! The parameters of a list.

use std::any::Any;

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};
use sea_orm::{
    Condition, ConnectionTrait, EntityLoaderTrait, QueryFilter, QueryOrder, Select,
    sea_query::SelectStatement,
};

use super::{
    Include, Paginated,
    page::{self, Loader},
    parameters, query,
};
use crate::{
    controller::extract::query_pairs,
    error::{Error, Result},
    model::{Keyset, Listing, Predicate},
    openapi::{Input, Operation, Parameter},
};

/// What a client may ask of a list of `E`; everything else is a 422 that names each parameter at fault.
///
/// - `limit`: rows per page, 1 to 100, default 20
/// - `cursor`: the `next_cursor` of the page before
/// - `page`: a number from 1 instead of a cursor; the answer then has the `total` number of rows
/// - `sort`: names of columns, each with `-` before it for the largest first: `sort=-created_at,title`. NULL comes last
/// - filters: the name of a column, alone or with an [operator](crate::model::Operator): `status=draft&created_at[gte]=…`. A row
///   must pass all of them
/// - `include`: names of relations to have with each row: `include=author`
/// - `fields`: names of the fields that each element of the answer is limited to: `fields=title,status`. The primary key, and
///   what is included, is there in any case
pub struct ListParams<E: Listing> {
    pub(super) limit: u64,
    pub(super) start: Start,
    pub(super) keyset: Keyset<E>,
    pub(super) predicates: Vec<Predicate<E>>,
    pub(super) include: Include<E>,
    /// All names that elements may have, when there is a choice.
    pub(super) fields: Option<Vec<&'static str>>,
}

/// Where a page begins.
pub(super) enum Start {
    First,
    /// With the rows for which this is true.
    After(Condition),
    Page(u64),
}

impl<E: Listing> ListParams<E> {
    /// The page that was asked for, out of the rows of `select`: for entities without relations to include.
    ///
    /// # Errors
    ///
    /// 500 when relations are to be included (which [`load`](Self::load) does), and the errors of the database.
    pub async fn fetch<C: ConnectionTrait>(
        self,
        select: Select<E>,
        db: &C,
    ) -> Result<Paginated<E::Model>>
    where
        E::Model: Sync,
    {
        if !self.include.is_empty() {
            return Err(Error::internal(NoLoader));
        }
        page::read(self, select, db).await
    }

    /// The page that was asked for, with the relations that were asked for, out of the rows of SeaORM's entity loader:
    /// `Posts::load()`. The number of queries does not depend on the number of rows.
    ///
    /// # Errors
    ///
    /// 500 when [`ListColumns::include`](crate::model::ListColumns::include) declares a relation for another loader, and the
    /// errors of the database.
    pub async fn load<L, C>(self, loader: L, db: &C) -> Result<Paginated<L::ModelEx>>
    where
        L: EntityLoaderTrait<E>
            + QueryFilter<QueryStatement = SelectStatement>
            + QueryOrder<QueryStatement = SelectStatement>
            + Any
            + Send,
        C: ConnectionTrait,
    {
        let loader = self.include.with(loader)?;
        page::read(self, Loader::new(loader), db).await
    }

    /// The parameters of the query, for descriptions of the API: what their schemas allow is accepted, and nothing else.
    pub fn parameters() -> Vec<Parameter> {
        parameters::all(&E::columns())
    }
}

/// A mistake of the programmer.
#[derive(Debug, thiserror::Error)]
#[error("relations are to be included: use `ListParams::load` with the entity's loader")]
struct NoLoader;

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
        query::read(&query_pairs(parts)?)
    }
}
