//! Keyset pagination: each page begins after the last row of the one before, whatever was inserted or deleted meanwhile, and costs
//! the same however far it is from the start.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IdenStatic, Iterable, ModelTrait, Order,
    PrimaryKeyToColumn, QueryOrder, Value, sea_query::NullOrdering,
};
use serde::{Deserialize, Serialize};

use super::{listing::Direction, value};

/// An order of the rows of a table in which no two rows are equal: some columns, then the primary key.
///
/// [`ListParams`](crate::controller::ListParams) uses one for each list. By hand it walks through a table:
///
/// ```
/// # mod posts {
/// #     use fw::model::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "posts")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub views: i64 }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use fw::{model::{Direction, Keyset}, prelude::*};
/// use sea_orm::QuerySelect;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let config = fw::config::DatabaseConfig { url: "sqlite::memory:".into(), ..Default::default() };
/// # let db = fw::db::Db::connect(&config).await?;
/// # db.execute_unprepared("CREATE TABLE posts (id INTEGER PRIMARY KEY, views BIGINT NOT NULL)").await?;
/// # db.execute_unprepared("INSERT INTO posts (id, views) VALUES (1, 5), (2, 40), (3, 7)").await?;
/// // The posts that are read most come first.
/// let order = Keyset::new([(posts::Column::Views, Direction::Descending)]);
/// let page = order.sort(posts::Entity::find()).limit(2).all(&db).await?;
/// assert_eq!(page.iter().map(|post| post.id).collect::<Vec<_>>(), [2, 3]);
///
/// let cursor = order.cursor(&page[1]);
/// let after = order.after(&cursor).or_internal()?;
/// let rest = order.sort(posts::Entity::find()).filter(after).all(&db).await?;
/// assert_eq!(rest.iter().map(|post| post.id).collect::<Vec<_>>(), [1]);
///
/// let error = order.after("what a client made up").unwrap_err();
/// assert_eq!(error.to_string(), "is not a cursor of this list in this order");
/// # Ok(())
/// # }
/// ```
pub struct Keyset<E: EntityTrait> {
    columns: Vec<(E::Column, Direction)>,
}

/// The error of a cursor that was not made for this list in this order. See [`Keyset`] for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a cursor of this list in this order")]
pub struct InvalidCursor;

/// The content of a cursor: the order that it belongs to, and the values of the row after which the next page begins.
#[derive(Deserialize, Serialize)]
struct Cursor {
    #[serde(rename = "o")]
    order: String,
    #[serde(rename = "v")]
    values: Vec<Option<String>>,
}

impl<E: EntityTrait> Keyset<E> {
    /// Sorts by `columns`, and by the primary key where these are equal.
    pub fn new(columns: impl IntoIterator<Item = (E::Column, Direction)>) -> Self {
        let mut columns: Vec<_> = columns.into_iter().collect();
        for key in E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column) {
            if columns
                .iter()
                .all(|(column, _)| column.as_str() != key.as_str())
            {
                columns.push((key, Direction::Ascending));
            }
        }
        Self { columns }
    }

    /// Puts the rows of a query in this order. NULL comes last.
    pub fn sort<Q: QueryOrder>(&self, mut query: Q) -> Q {
        for (column, direction) in &self.columns {
            let order = match direction {
                Direction::Ascending => Order::Asc,
                Direction::Descending => Order::Desc,
            };
            // Only where it matters: plain orders can use plain indexes.
            query = if column.def().is_null() {
                query.order_by_with_nulls(*column, order, NullOrdering::Last)
            } else {
                query.order_by(*column, order)
            };
        }
        query
    }

    /// The cursor of the page that begins after this row.
    pub fn cursor(&self, row: &impl ModelTrait<Entity = E>) -> String {
        let values = self
            .columns
            .iter()
            .map(|(column, _)| value::write(&row.get(*column)))
            .collect();
        let cursor = Cursor {
            order: self.signature(),
            values,
        };
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
    }

    /// The condition of the rows after the one for which `cursor` was made.
    ///
    /// # Errors
    ///
    /// When the cursor was not made by [`cursor`](Self::cursor) for the same order.
    pub fn after(&self, cursor: &str) -> Result<Condition, InvalidCursor> {
        let values = self.values(cursor).ok_or(InvalidCursor)?;
        let mut after = Condition::any();
        let mut equal = Condition::all();
        for ((column, direction), value) in self.columns.iter().zip(values) {
            let Some(value) = value else {
                // Nothing comes after NULL.
                equal = equal.add(column.is_null());
                continue;
            };
            let beyond = match direction {
                Direction::Ascending => column.gt(value.clone()),
                Direction::Descending => column.lt(value.clone()),
            };
            let mut next = Condition::any().add(beyond);
            if column.def().is_null() {
                next = next.add(column.is_null());
            }
            after = after.add(equal.clone().add(next));
            equal = equal.add(column.eq(value));
        }
        Ok(after)
    }

    fn values(&self, cursor: &str) -> Option<Vec<Option<Value>>> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let Cursor { order, values } = serde_json::from_slice(&bytes).ok()?;
        if order != self.signature() || values.len() != self.columns.len() {
            return None;
        }
        self.columns
            .iter()
            .zip(values)
            .map(|((column, _), text)| {
                let definition = column.def();
                match text {
                    Some(text) => value::read_back(definition.get_column_type(), &text)
                        .ok()
                        .map(Some),
                    None => definition.is_null().then_some(None),
                }
            })
            .collect()
    }

    /// The order in the notation of the parameter `sort`.
    fn signature(&self) -> String {
        let names = self
            .columns
            .iter()
            .map(|(column, direction)| match direction {
                Direction::Ascending => column.as_str().to_owned(),
                Direction::Descending => format!("-{}", column.as_str()),
            });
        names.collect::<Vec<_>>().join(",")
    }
}
