//! Which columns of an entity clients may sort and filter by.

use sea_orm::{
    ActiveEnum, ColumnTrait, ColumnType, EntityTrait, IdenStatic, Iterable, PrimaryKeyToColumn,
    Value, sea_query::Expr,
};

use super::value::{self, Unreadable};

/// An entity that can be listed, a page at a time.
pub trait Listing: EntityTrait {
    /// The columns that clients may sort and filter by.
    fn columns() -> ListColumns<Self>;
}

/// The order in which a column is sorted; NULL comes last in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

/// The columns by which an entity can be sorted and filtered: the primary key, `created_at` and `updated_at` are always
/// sortable, every other column is named.
pub struct ListColumns<E: EntityTrait> {
    sortable: Vec<E::Column>,
    filters: Vec<Filter<E>>,
}

/// A column that must equal what a client gives.
pub struct Filter<E: EntityTrait> {
    column: E::Column,
    read: fn(&ColumnType, &str) -> Result<Value, Unreadable>,
}

impl<E: EntityTrait> ListColumns<E> {
    /// Only what is always sortable.
    pub fn new() -> Self {
        let keys = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
        let times = E::Column::iter()
            .filter(|column| matches!(column.as_str(), "created_at" | "updated_at"));
        Self {
            sortable: keys.chain(times).collect(),
            filters: Vec::new(),
        }
    }

    /// Allows to sort by these columns.
    #[must_use]
    pub fn sort(mut self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        self.sortable.extend(columns);
        self
    }

    /// Allows to ask for a value of these columns.
    #[must_use]
    pub fn filter(mut self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        self.filters
            .extend(columns.into_iter().map(|column| Filter {
                column,
                read: value::read,
            }));
        self
    }

    /// Allows to ask for a variant of an enum; other values are refused.
    #[must_use]
    pub fn filter_enum<A: ActiveEnum>(mut self, column: E::Column) -> Self {
        self.filters.push(Filter {
            column,
            read: |_, text| read_variant::<A>(text),
        });
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

    /// The filter of this name.
    pub fn filter_named(&self, name: &str) -> Option<&Filter<E>> {
        self.filters
            .iter()
            .find(|filter| filter.column.as_str() == name)
    }

    /// The names of the filters.
    pub fn filter_names(&self) -> impl Iterator<Item = &'static str> {
        self.filters.iter().map(|filter| filter.column.as_str())
    }
}

impl<E: EntityTrait> Default for ListColumns<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: EntityTrait> Filter<E> {
    /// The condition that the column equals what `text` stands for. `null` asks for NULL, except of columns of text, where it
    /// is a text like any other.
    ///
    /// # Errors
    ///
    /// When `text` is not a value of the column.
    pub fn equals(&self, text: &str) -> Result<Expr, Unreadable> {
        let definition = self.column.def();
        let column_type = definition.get_column_type();
        let is_text = matches!(
            column_type,
            ColumnType::Char(_) | ColumnType::String(_) | ColumnType::Text
        );
        if text == "null" && definition.is_null() && !is_text {
            return Ok(self.column.is_null());
        }
        (self.read)(column_type, text).map(|value| self.column.eq(value))
    }
}

fn read_variant<A: ActiveEnum>(text: &str) -> Result<Value, Unreadable> {
    let mut names = Vec::new();
    for value in A::values().into_iter().map(Into::<Value>::into) {
        match value::write(&value) {
            Some(name) if name == text => return Ok(value),
            name => names.extend(name.map(|name| format!("`{name}`"))),
        }
    }
    Err(Unreadable(format!("one of {}", names.join(", "))))
}
