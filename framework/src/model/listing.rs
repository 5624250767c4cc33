//! The columns and relations by which clients may sort, filter and include in a list of an entity.

use sea_orm::{ActiveEnum, EntityTrait, IdenStatic, Iterable, PrimaryKeyToColumn};

use super::{Filter, IncludesRelations, Inclusion};

/// An entity that can be listed, a page at a time. See [`ListColumns`] for an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be listed",
    label = "not a `Listing`",
    note = "write `impl Listing for Entity` beside the entity: `type Query` and `fn columns() -> ListColumns<Self>`"
)]
pub trait Listing: EntityTrait {
    /// The query that its rows are read with: `EntityLoader`, which SeaORM generates beside the entity, where clients may include
    /// relations, and `Select<Self>` where there are none to include.
    type Query: Send + 'static;

    /// The columns that clients may sort and filter by, and the relations that they may include.
    fn columns() -> ListColumns<Self>;
}

/// The order in which a column is sorted; NULL comes last in both. See [`Keyset`](super::Keyset) for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

/// The columns by which an entity can be sorted and filtered, the relations that can be included, and the names of its fields:
/// the primary key, `created_at` and `updated_at` are always sortable, and every column that is not hidden is a field; the rest is
/// named.
///
/// ```
/// # mod models {
/// pub mod users {
///     use fw::model::prelude::*;
///     # use super::teams;
///
///     #[sea_orm::model]
///     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
///     #[sea_orm(table_name = "users")]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub id: i64,
///         pub name: String,
///         pub logins: i32,
///         pub password_hash: String,
///         pub team_id: i64,
///         #[sea_orm(belongs_to, from = "team_id", to = "id")]
///         pub team: BelongsTo<teams::Entity>,
///         pub created_at: DateTimeUtc,
///         pub updated_at: DateTimeUtc,
///     }
///
///     fw::model::timestamps!(ActiveModel);
///
///     impl Listing for Entity {
///         type Query = EntityLoader;
///
///         fn columns() -> ListColumns<Self> {
///             ListColumns::new()
///                 .sort([Column::Name])
///                 .filter([Column::Name, Column::Logins])
///                 .hide([Column::PasswordHash])
///                 .include("team", |users: EntityLoader| users.with(teams::Entity))
///         }
///     }
/// }
/// # pub mod teams {
/// #     use fw::model::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "teams")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64 }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # }
/// # use fw::{model::Operator, prelude::*};
/// # use fw::model::Listing;
/// # use models::users;
///
/// // `GET /users?sort=-created_at,name&logins[gte]=1&include=team&fields=name`
/// let columns = users::Entity::columns();
/// assert_eq!(columns.sortable_names().collect::<Vec<_>>(), ["id", "created_at", "updated_at", "name"]);
/// assert_eq!(columns.inclusion_names(), ["team"]);
/// assert!(!columns.field_names().contains(&"password_hash"));
///
/// let logins = columns.filter_named("logins").unwrap();
/// assert!(logins.operators().contains(&Operator::GreaterOrEqual));
/// assert_eq!(Operator::GreaterOrEqual.parameter(logins.name()), "logins[gte]");
/// ```
pub struct ListColumns<E: Listing> {
    sortable: Vec<E::Column>,
    filters: Vec<Filter<E>>,
    inclusions: Vec<Inclusion<E::Query>>,
    fields: Vec<&'static str>,
}

impl<E: Listing> ListColumns<E> {
    /// The columns and fields that are always there.
    pub fn new() -> Self {
        let times = E::Column::iter()
            .filter(|column| matches!(column.as_str(), "created_at" | "updated_at"));
        Self {
            sortable: keys::<E>().chain(times).collect(),
            filters: Vec::new(),
            inclusions: Vec::new(),
            fields: E::Column::iter().map(|column| column.as_str()).collect(),
        }
    }

    /// Allows sorting by these columns.
    #[must_use]
    pub fn sort(mut self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        for column in columns {
            if self.sortable(column.as_str()).is_none() {
                self.sortable.push(column);
            }
        }
        self
    }

    /// Allows filtering by these columns, with the [operators](Filter::operators) of their types.
    #[must_use]
    pub fn filter(self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        columns.into_iter().map(Filter::new).fold(self, Self::add)
    }

    /// Allows filtering by a column that holds an enum; other values than its variants are refused.
    #[must_use]
    pub fn filter_enum<A: ActiveEnum>(self, column: E::Column) -> Self {
        self.add(Filter::of_enum::<A>(column))
    }

    /// Keeps these columns from being named in `fields`: those that no response shows, such as the hash of a password.
    #[must_use]
    pub fn hide(mut self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        for column in columns {
            self.fields.retain(|name| *name != column.as_str());
        }
        self
    }

    /// Allows these names in `fields`, too: the members of responses besides the columns.
    #[must_use]
    pub fn fields(mut self, names: impl IntoIterator<Item = &'static str>) -> Self {
        for name in names {
            if !self.fields.contains(&name) {
                self.fields.push(name);
            }
        }
        self
    }

    /// Allows including a relation, by its name in the responses. `with` adds it to SeaORM's entity loader:
    /// `.include("author", |posts: EntityLoader| posts.with(authors::Entity))`, or `posts.with(Relation::Author)` where several
    /// relations lead to the same table.
    ///
    /// The loader reads a relation to one row together with the rows, or in one more query for the page. A relation to many
    /// rows would be a list without bounds: give it a path of its own.
    #[must_use]
    pub fn include(mut self, name: &'static str, with: fn(E::Query) -> E::Query) -> Self
    where
        E::Query: IncludesRelations<E>,
    {
        self.inclusions.retain(|other| other.name() != name);
        self.inclusions.push(Inclusion::new(name, with));
        self
    }

    /// The sortable column of this name.
    pub fn sortable(&self, name: &str) -> Option<E::Column> {
        self.sortable
            .iter()
            .copied()
            .find(|column| column.as_str() == name)
    }

    /// The names of the sortable columns.
    pub fn sortable_names(&self) -> impl Iterator<Item = &'static str> {
        self.sortable.iter().map(IdenStatic::as_str)
    }

    /// The filters.
    pub fn filters(&self) -> &[Filter<E>] {
        &self.filters
    }

    /// The filter of this name.
    pub fn filter_named(&self, name: &str) -> Option<&Filter<E>> {
        self.filters.iter().find(|filter| filter.name() == name)
    }

    /// The names of the relations that can be included.
    pub fn inclusion_names(&self) -> Vec<&'static str> {
        self.inclusions.iter().map(Inclusion::name).collect()
    }

    /// Consumes the list and returns the relations that can be included.
    pub(crate) fn into_inclusions(self) -> Vec<Inclusion<E::Query>> {
        self.inclusions
    }

    /// The names of the fields that a response can be limited to.
    pub fn field_names(&self) -> &[&'static str] {
        &self.fields
    }

    /// The names of the fields that every response has: the primary key.
    pub(crate) fn key_names() -> impl Iterator<Item = &'static str> {
        keys::<E>().map(|column| column.as_str())
    }

    fn add(mut self, filter: Filter<E>) -> Self {
        self.filters.retain(|other| other.name() != filter.name());
        self.filters.push(filter);
        self
    }
}

impl<E: Listing> Default for ListColumns<E> {
    fn default() -> Self {
        Self::new()
    }
}

fn keys<E: EntityTrait>() -> impl Iterator<Item = E::Column> {
    E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column)
}
