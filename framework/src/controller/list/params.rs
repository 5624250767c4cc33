//! The parameters of a list, and the page that they ask for.

use axum::extract::FromRequestParts;
use http::request::Parts;
use sea_orm::{
    ConnectionTrait, PaginatorTrait, QueryFilter, QuerySelect, Select, sea_query::Condition,
};

use super::{Paginated, query};
use crate::{
    controller::extract::query_pairs,
    error::{Error, FieldError, Result},
    model::{Keyset, Listing},
};

/// What a client may ask of a list of `E`; everything else is a 422 that names each parameter at fault.
///
/// - `limit`: rows per page, 1 to 100, default 20
/// - `cursor`: the `next_cursor` of the page before
/// - `page`: a number from 1 instead of a cursor; the answer then has the `total` number of rows
/// - `sort`: names of columns, each with `-` before it for the largest first: `sort=-created_at,title`. NULL comes last
/// - the name of a column that can be filtered: only rows with this value; `null` for rows without one
pub struct ListParams<E: Listing> {
    pub(super) limit: u64,
    pub(super) start: Start,
    pub(super) keyset: Keyset<E>,
    pub(super) filter: Condition,
}

/// Where a page begins.
pub(super) enum Start {
    First,
    Cursor(String),
    Page(u64),
}

impl<E: Listing> ListParams<E> {
    /// The page that was asked for, out of the rows of `select`.
    ///
    /// # Errors
    ///
    /// 422 for a cursor that belongs to another list or order, and the errors of the database.
    pub async fn fetch<C: ConnectionTrait>(
        self,
        select: Select<E>,
        db: &C,
    ) -> Result<Paginated<E::Model>>
    where
        E::Model: Sync,
    {
        let select = select.filter(self.filter);
        let sorted = self.keyset.sort(select.clone());
        let cursor = match self.start {
            Start::Page(page) => return fetch_page(page, self.limit, select, sorted, db).await,
            Start::First => None,
            Start::Cursor(cursor) => Some(cursor),
        };
        let rest = match cursor {
            Some(cursor) => self.keyset.after(sorted, &cursor).map_err(|error| {
                Error::validation(vec![FieldError::new(
                    "?cursor",
                    "invalid_value",
                    error.to_string(),
                )])
            })?,
            None => sorted,
        };
        // One row more than asked for tells whether there is a next page.
        let mut rows = rest.limit(self.limit + 1).all(db).await?;
        let has_more = rows.len() as u64 > self.limit;
        rows.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        let next = rows
            .last()
            .filter(|_| has_more)
            .map(|last| self.keyset.cursor(last));
        Ok(Paginated::by_cursor(rows, next))
    }
}

async fn fetch_page<E: Listing, C: ConnectionTrait>(
    page: u64,
    limit: u64,
    select: Select<E>,
    sorted: Select<E>,
    db: &C,
) -> Result<Paginated<E::Model>>
where
    E::Model: Sync,
{
    let total = select.count(db).await?;
    let offset = page.saturating_sub(1).saturating_mul(limit);
    // Also keeps numbers away from the database that it could not take.
    let rows = if offset < total {
        sorted.offset(offset).limit(limit).all(db).await?
    } else {
        Vec::new()
    };
    Ok(Paginated::by_number(
        rows,
        offset.saturating_add(limit) < total,
        total,
    ))
}

impl<E: Listing> crate::openapi::Input for ListParams<E> {}

impl<E: Listing, S: Send + Sync> FromRequestParts<S> for ListParams<E> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        query::read(&query_pairs(parts)?)
    }
}
