//! Reads one page of a list from the database.

use std::marker::PhantomData;

use sea_orm::{
    ConnectionTrait, DbErr, EntityLoaderTrait, EntityTrait, ModelTrait, PaginatorTrait,
    QueryFilter, QueryOrder, Select, sea_query::SelectStatement,
};

use super::{ListParams, Paginated, params::Start};
use crate::{
    error::Result,
    model::{Keyset, Listing},
};

/// A query whose rows can be read and counted.
pub(super) trait Source<E: EntityTrait>: Clone {
    type Query: QueryFilter<QueryStatement = SelectStatement>
        + QueryOrder<QueryStatement = SelectStatement>;
    type Row: ModelTrait<Entity = E>;

    fn change(self, change: impl FnOnce(Self::Query) -> Self::Query) -> Self;
    async fn all<C: ConnectionTrait>(self, db: &C) -> Result<Vec<Self::Row>, DbErr>;
    async fn count<C: ConnectionTrait>(self, db: &C) -> Result<u64, DbErr>;
}

impl<E: EntityTrait> Source<E> for Select<E>
where
    E::Model: Sync,
{
    type Query = Self;
    type Row = E::Model;

    fn change(self, change: impl FnOnce(Self) -> Self) -> Self {
        change(self)
    }

    async fn all<C: ConnectionTrait>(self, db: &C) -> Result<Vec<E::Model>, DbErr> {
        Select::all(self, db).await
    }

    async fn count<C: ConnectionTrait>(self, db: &C) -> Result<u64, DbErr> {
        PaginatorTrait::count(self, db).await
    }
}

/// SeaORM's entity loader.
pub(super) struct Loader<E, L> {
    loader: L,
    entity: PhantomData<fn() -> E>,
}

impl<E, L> Loader<E, L> {
    pub(super) fn new(loader: L) -> Self {
        Self {
            loader,
            entity: PhantomData,
        }
    }
}

impl<E, L: Clone> Clone for Loader<E, L> {
    fn clone(&self) -> Self {
        Self::new(self.loader.clone())
    }
}

impl<E, L> Source<E> for Loader<E, L>
where
    E: EntityTrait,
    L: EntityLoaderTrait<E>
        + QueryFilter<QueryStatement = SelectStatement>
        + QueryOrder<QueryStatement = SelectStatement>
        + Send,
{
    type Query = L;
    type Row = L::ModelEx;

    fn change(self, change: impl FnOnce(L) -> L) -> Self {
        Self::new(change(self.loader))
    }

    async fn all<C: ConnectionTrait>(self, db: &C) -> Result<Vec<L::ModelEx>, DbErr> {
        // Pages of no size: the limit is in the query.
        self.loader.fetch(db, 0, 0).await
    }

    async fn count<C: ConnectionTrait>(self, db: &C) -> Result<u64, DbErr> {
        self.loader.num_items(db, 1).await
    }
}

pub(super) async fn read<E, S, C>(
    params: ListParams<E>,
    source: S,
    db: &C,
) -> Result<Paginated<S::Row>>
where
    E: Listing,
    S: Source<E>,
    C: ConnectionTrait,
{
    let ListParams {
        limit,
        start,
        keyset,
        predicates,
        fields,
        ..
    } = params;
    let backend = db.get_database_backend();
    let filtered = predicates.iter().fold(source, |source, predicate| {
        source.change(|query| query.filter(predicate.condition(backend)))
    });
    let sorted = filtered.clone().change(|query| keyset.sort(query));
    let page = match start {
        Start::Page(number) => by_number(number, limit, filtered, sorted, db).await?,
        Start::First => by_cursor(&keyset, limit, sorted, db).await?,
        Start::After(condition) => {
            let rest = sorted.change(|query| query.filter(condition));
            by_cursor(&keyset, limit, rest, db).await?
        }
    };
    Ok(page.only(fields))
}

async fn by_cursor<E, S, C>(
    keyset: &Keyset<E>,
    limit: u64,
    rest: S,
    db: &C,
) -> Result<Paginated<S::Row>>
where
    E: Listing,
    S: Source<E>,
    C: ConnectionTrait,
{
    // One row more than asked for tells whether there is a next page.
    let mut rows = slice(rest, None, limit + 1).all(db).await?;
    let has_more = rows.len() as u64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|last| keyset.cursor(last));
    Ok(Paginated::by_cursor(rows, next))
}

async fn by_number<E, S, C>(
    number: u64,
    limit: u64,
    filtered: S,
    sorted: S,
    db: &C,
) -> Result<Paginated<S::Row>>
where
    E: Listing,
    S: Source<E>,
    C: ConnectionTrait,
{
    let total = filtered.count(db).await?;
    let offset = number.saturating_sub(1).saturating_mul(limit);
    // Also keeps numbers away from the database that it could not take.
    let rows = if offset < total {
        slice(sorted, Some(offset), limit).all(db).await?
    } else {
        Vec::new()
    };
    Ok(Paginated::by_number(
        rows,
        offset.saturating_add(limit) < total,
        total,
    ))
}

fn slice<E: EntityTrait, S: Source<E>>(source: S, offset: Option<u64>, limit: u64) -> S {
    source.change(|mut query| {
        let statement = QueryFilter::query(&mut query);
        statement.limit(limit);
        if let Some(offset) = offset {
            statement.offset(offset);
        }
        query
    })
}
