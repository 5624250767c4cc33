//! Reads one page of a list from the database.

use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter};

use super::{
    Paginated,
    query::{Query, Start},
};
use crate::{
    error::Result,
    model::{Keyset, ListQuery, Listing},
};

pub(super) async fn read<E, Q, Kind, C>(
    parameters: Query<E>,
    query: Q,
    db: &C,
) -> Result<Paginated<Q::Row>>
where
    E: Listing,
    Q: ListQuery<E, Kind>,
    C: ConnectionTrait,
{
    let Query {
        limit,
        start,
        keyset,
        predicates,
        fields,
        ..
    } = parameters;
    let backend = db.get_database_backend();
    let filtered = predicates.iter().fold(query, |query, predicate| {
        query.filter(predicate.condition(backend))
    });
    let sorted = keyset.sort(filtered.clone());
    let page = match start {
        Start::Page(number) => by_number(number, limit, filtered, sorted, db).await?,
        Start::First => by_cursor(&keyset, limit, sorted, db).await?,
        Start::After(condition) => by_cursor(&keyset, limit, sorted.filter(condition), db).await?,
    };
    Ok(page.with_fields(fields))
}

async fn by_cursor<E, Q, Kind, C>(
    keyset: &Keyset<E>,
    limit: u64,
    rest: Q,
    db: &C,
) -> Result<Paginated<Q::Row>>
where
    E: Listing,
    Q: ListQuery<E, Kind>,
    C: ConnectionTrait,
{
    // One row more than requested tells whether there is a next page.
    let mut rows = slice::<E, _, _>(rest, None, limit + 1).rows(db).await?;
    let has_more = rows.len() as u64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|last| keyset.cursor(last));
    Ok(Paginated::by_cursor(rows, next))
}

async fn by_number<E, Q, Kind, C>(
    number: u64,
    limit: u64,
    filtered: Q,
    sorted: Q,
    db: &C,
) -> Result<Paginated<Q::Row>>
where
    E: Listing,
    Q: ListQuery<E, Kind>,
    C: ConnectionTrait,
{
    let total = filtered.count(db).await?;
    let offset = number.saturating_sub(1).saturating_mul(limit);
    // Also keeps numbers away from the database that it could not take.
    let rows = if offset < total {
        slice::<E, _, _>(sorted, Some(offset), limit)
            .rows(db)
            .await?
    } else {
        Vec::new()
    };
    Ok(Paginated::by_number(
        rows,
        offset.saturating_add(limit) < total,
        total,
    ))
}

fn slice<E: EntityTrait, Q: ListQuery<E, Kind>, Kind>(
    mut query: Q,
    offset: Option<u64>,
    limit: u64,
) -> Q {
    let statement = QueryFilter::query(&mut query);
    statement.limit(limit);
    if let Some(offset) = offset {
        statement.offset(offset);
    }
    query
}
