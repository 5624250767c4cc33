//! The queries of lists: SeaORM's `Select`, or the loader of an entity.

use sea_orm::{
    ConnectionTrait, DbErr, EntityLoaderTrait, EntityTrait, ModelTrait, PaginatorTrait,
    QueryFilter, QueryOrder, Select, sea_query::SelectStatement,
};

/// A query of the rows of `E` that a list can sort, filter, limit and count: [`Select<E>`](Select), or the `EntityLoader` that
/// SeaORM generates, which can include relations. Never implemented by users; `Kind` is inferred. See [`Listing`](super::Listing)
/// and its `Query`, and [`ListColumns`](super::ListColumns) for an example.
#[diagnostic::on_unimplemented(
    message = "the rows of a list cannot be read with `{Self}`",
    label = "not a query of `{E}`",
    note = "in the entity's `impl Listing`, write `type Query = Select<Self>;`, or `type Query = EntityLoader;` to include relations"
)]
#[expect(async_fn_in_trait, reason = "SeaORM's own are, too")]
pub trait ListQuery<E: EntityTrait, Kind>:
    QueryFilter<QueryStatement = SelectStatement>
    + QueryOrder<QueryStatement = SelectStatement>
    + Clone
    + Send
{
    /// A row.
    type Row: ModelTrait<Entity = E>;

    /// Reads the rows.
    async fn rows<C: ConnectionTrait>(self, db: &C) -> Result<Vec<Self::Row>, DbErr>;

    /// The number of rows.
    async fn count<C: ConnectionTrait>(self, db: &C) -> Result<u64, DbErr>;
}

/// The kind of [`Select`].
#[derive(Debug)]
pub enum Selects {}

/// The kind of loaders.
#[derive(Debug)]
pub enum Loads {}

#[diagnostic::do_not_recommend]
impl<E: EntityTrait> ListQuery<E, Selects> for Select<E>
where
    E::Model: Sync,
{
    type Row = E::Model;

    async fn rows<C: ConnectionTrait>(self, db: &C) -> Result<Vec<E::Model>, DbErr> {
        self.all(db).await
    }

    async fn count<C: ConnectionTrait>(self, db: &C) -> Result<u64, DbErr> {
        PaginatorTrait::count(self, db).await
    }
}

#[diagnostic::do_not_recommend]
impl<E, L> ListQuery<E, Loads> for L
where
    E: EntityTrait,
    L: EntityLoaderTrait<E>
        + QueryFilter<QueryStatement = SelectStatement>
        + QueryOrder<QueryStatement = SelectStatement>
        + Send,
{
    type Row = L::ModelEx;

    async fn rows<C: ConnectionTrait>(self, db: &C) -> Result<Vec<L::ModelEx>, DbErr> {
        // Pages of no size: the limit is in the query.
        self.fetch(db, 0, 0).await
    }

    async fn count<C: ConnectionTrait>(self, db: &C) -> Result<u64, DbErr> {
        self.num_items(db, 1).await
    }
}

/// A query that can include relations. Implemented for every `EntityLoader`; never by users. See
/// [`ListColumns`](super::ListColumns) for an example.
#[diagnostic::on_unimplemented(
    message = "a list that is read with `{Self}` cannot include relations",
    label = "`{Self}` does not load relations",
    note = "in the entity's `impl Listing`, write `type Query = EntityLoader;`"
)]
pub trait IncludesRelations<E: EntityTrait> {}

#[diagnostic::do_not_recommend]
impl<E: EntityTrait, L: EntityLoaderTrait<E>> IncludesRelations<E> for L {}

/// The query that a list is read with, and no other. Implemented for every type and itself; never by users. See
/// [`ListColumns`](super::ListColumns) for an example.
#[diagnostic::on_unimplemented(
    message = "this list is read with `{Q}`, not with `{Self}`",
    label = "not a `{Q}`",
    note = "the entity's `impl Listing` says `type Query`: an `EntityLoader` begins with `Entity::load()`, a `Select` with `Entity::find()`"
)]
pub trait QueryOf<Q> {
    #[doc(hidden)]
    fn query(self) -> Q;
}

impl<Q> QueryOf<Q> for Q {
    fn query(self) -> Q {
        self
    }
}
