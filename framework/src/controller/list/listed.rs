//! The page of a list as a template shows it: its rows, and the links and controls by which people move through the list.

use std::{borrow::Cow, collections::BTreeMap, marker::PhantomData};

use schemars::{JsonSchema, SchemaGenerator, json_schema};
use sea_orm::ConnectionTrait;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::{ListParams, page, query::Start};
use crate::{
    controller::form::{self, Choices, FormField},
    error::Result,
    model::{ListColumns, ListQuery, Listing, Operator, QueryOf},
};

/// The parameters that choose the position in a list. A link to another order or page has its own.
const POSITION: [&str; 2] = ["page", "cursor"];

/// One page of a list of `E` as a template shows it, made by [`ListParams::page`]. `T` is the type of its rows.
///
/// ```
/// # mod posts {
/// #     use fw::model::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "posts")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub title: String }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// #     impl Listing for Entity {
/// #         type Query = Select<Self>;
/// #         fn columns() -> ListColumns<Self> { ListColumns::new().sort([Column::Title]).filter([Column::Title]) }
/// #     }
/// # }
/// use fw::{dto::prelude::*, prelude::*};
///
/// /// The list of posts, from `src/posts/pages/index.html`.
/// #[derive(Serialize, JsonSchema)]
/// struct Index {
///     posts: Listed<posts::Entity, posts::Model>,
/// }
///
/// impl View for Index {
///     const TEMPLATE: &'static str = "posts/pages/index.html";
/// }
///
/// async fn index(
///     _: Anyone,
///     State(ctx): State<AppContext>,
///     params: ListParams<posts::Entity>,
/// ) -> Result<Page<Index>> {
///     let posts = params.page(posts::Entity::find(), &ctx.db).await?;
///     Ok(Page(Index { posts }))
/// }
/// ```
///
/// In a template it has
///
/// - `rows`, and `total`, the number of rows on all pages
/// - `page` and `pages`, the numbers of this page and of the last one; `previous` and `next`, the queries of their links, or null
/// - `sort.title`, for each column that can be sorted by: the `query` of the link that does, the `direction` (`ascending`, `descending` or
///   null) of the present order, and the key of its `label`, `posts.title`
/// - `filters.status`, for each column that can be filtered by: a [`FormField`](form::FormField)
/// - `order`, the present `sort` parameter or null, and `is_filtered`
pub struct Listed<E, T> {
    rows: Vec<T>,
    total: u64,
    page: u64,
    pages: u64,
    previous: Option<String>,
    next: Option<String>,
    order: Option<String>,
    is_filtered: bool,
    sort: BTreeMap<&'static str, Order>,
    filters: Vec<FormField>,
    entity: PhantomData<fn() -> E>,
}

/// The link that sorts a list by a column.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Order {
    label: String,
    query: String,
    direction: Option<&'static str>,
}

impl<E: Listing> ListParams<E> {
    /// Reads the requested page for a template, as [`fetch`](Self::fetch) does for clients: pages are numbered, and the first one is shown when
    /// none is named.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn page<Kind, C>(
        mut self,
        query: impl QueryOf<E::Query>,
        db: &C,
    ) -> Result<Listed<E, <E::Query as ListQuery<E, Kind>>::Row>>
    where
        E::Query: ListQuery<E, Kind>,
        C: ConnectionTrait,
    {
        let number = match self.query.start {
            Start::Page(number) => number,
            _ => 1,
        };
        self.query.start = Start::Page(number);
        let limit = self.query.limit;
        let query = self.query.include.with(query);
        let found = page::read(self.query, query, db).await?;
        let (has_more, total) = (found.has_more(), found.total().unwrap_or_default());
        Ok(Listed::new(
            &self.pairs,
            found.into_data(),
            has_more,
            total,
            number,
            limit,
        ))
    }
}

impl<E: Listing, T> Listed<E, T> {
    fn new(
        pairs: &[(String, String)],
        rows: Vec<T>,
        has_more: bool,
        total: u64,
        number: u64,
        limit: u64,
    ) -> Self {
        let columns = E::columns();
        let common = ["limit", "sort", "fields", "include"];
        let is_position = |name: &str| POSITION.contains(&name) || common.contains(&name);
        Self {
            rows,
            total,
            page: number,
            pages: total.div_ceil(limit.max(1)).max(1),
            previous: (number > 1).then(|| with(pairs, "page", &(number - 1).to_string())),
            next: has_more.then(|| with(pairs, "page", &(number + 1).to_string())),
            order: value(pairs, "sort").map(str::to_owned),
            is_filtered: pairs.iter().any(|(name, _)| !is_position(name)),
            sort: orders(&columns, pairs),
            filters: filters(&columns, pairs),
            entity: PhantomData,
        }
    }

    /// Changes each row, such as from what the database has into what people see.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Listed<E, U> {
        Listed {
            rows: self.rows.into_iter().map(change).collect(),
            total: self.total,
            page: self.page,
            pages: self.pages,
            previous: self.previous,
            next: self.next,
            order: self.order,
            is_filtered: self.is_filtered,
            sort: self.sort,
            filters: self.filters,
            entity: PhantomData,
        }
    }

    /// Sets the choices of a filter, such as the rows that a reference may name.
    #[must_use]
    pub fn choices(mut self, filter: &str, choices: Choices) -> Self {
        if let Some(field) = self.filters.iter_mut().find(|field| field.name == filter) {
            choices.set(field);
        } else {
            tracing::error!(filter, "the list has no such filter");
        }
        self
    }

    /// The rows.
    pub fn rows(&self) -> &[T] {
        &self.rows
    }
}

/// The value of a parameter.
fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let pair = pairs.iter().find(|(found, _)| found == name);
    pair.map(|(_, value)| value.as_str())
}

/// The links that sort by each column.
fn orders<E: Listing>(
    columns: &ListColumns<E>,
    pairs: &[(String, String)],
) -> BTreeMap<&'static str, Order> {
    let order = value(pairs, "sort");
    let orders = columns.sortable_names().map(|name| {
        let direction = match order.and_then(|order| order.split(',').next()) {
            Some(first) if first == name => Some("ascending"),
            Some(first) if first.strip_prefix('-') == Some(name) => Some("descending"),
            _ => None,
        };
        let minus = if direction == Some("ascending") {
            "-"
        } else {
            ""
        };
        let order = Order {
            label: form::label_of::<E>(name),
            query: with(pairs, "sort", &format!("{minus}{name}")),
            direction,
        };
        (name, order)
    });
    orders.collect()
}

/// The controls of the filters that compare a column with one value.
fn filters<E: Listing>(columns: &ListColumns<E>, pairs: &[(String, String)]) -> Vec<FormField> {
    let filters = columns.filters().iter();
    filters
        .filter(|filter| filter.operators().contains(&Operator::Equal))
        .map(|filter| {
            let name = filter.name();
            let schema = filter.schema(Operator::Equal);
            // Of a column that may be empty, the values besides `null`.
            let values = schema["anyOf"].get(0).unwrap_or(&schema);
            form::filter::<E>(name, values, value(pairs, name))
        })
        .collect()
}

/// A query with another value of a parameter, at the first page.
fn with(pairs: &[(String, String)], name: &str, value: &str) -> String {
    let others = pairs
        .iter()
        .filter(|(found, _)| found != name && !POSITION.contains(&found.as_str()));
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(others)
        .append_pair(name, value)
        .finish()
}

impl<E, T: Serialize> Serialize for Listed<E, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let filters: BTreeMap<_, _> = self
            .filters
            .iter()
            .map(|field| (field.name.as_str(), field))
            .collect();
        let mut list = serializer.serialize_struct("Listed", 10)?;
        list.serialize_field("rows", &self.rows)?;
        list.serialize_field("total", &self.total)?;
        list.serialize_field("page", &self.page)?;
        list.serialize_field("pages", &self.pages)?;
        list.serialize_field("previous", &self.previous)?;
        list.serialize_field("next", &self.next)?;
        list.serialize_field("order", &self.order)?;
        list.serialize_field("is_filtered", &self.is_filtered)?;
        list.serialize_field("sort", &self.sort)?;
        list.serialize_field("filters", &filters)?;
        list.end()
    }
}

impl<E: Listing, T: JsonSchema> JsonSchema for Listed<E, T> {
    fn schema_name() -> Cow<'static, str> {
        format!("ListOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> schemars::Schema {
        let rows = generator.subschema_for::<Vec<T>>();
        let order = generator.subschema_for::<Order>();
        let columns: ListColumns<E> = E::columns();
        let object =
            |properties: Map<String, Value>| json!({ "type": "object", "properties": properties });
        let sort = columns.sortable_names().map(|name| {
            let labelled = form::labelled(&form::label_of::<E>(name), &order);
            (name.to_owned(), labelled.into())
        });
        let sort = object(sort.collect());
        let filters = filters(&columns, &[]).into_iter();
        let filters = filters.map(|field| (field.name.clone(), field.schema(generator).into()));
        let filters = object(filters.collect());
        let integer = json!({ "type": "integer" });
        let option = json!({ "type": ["string", "null"] });
        json_schema!({
            "type": "object",
            "properties": {
                "rows": rows,
                "total": integer,
                "page": integer,
                "pages": integer,
                "previous": option,
                "next": option,
                "order": option,
                "is_filtered": { "type": "boolean" },
                "sort": sort,
                "filters": filters,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn a_link_keeps_the_other_parameters_and_begins_at_the_first_page() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let pairs = [
            pair("page", "3"),
            pair("status", "a b"),
            pair("sort", "title"),
        ];
        assert_eq!(with(&pairs, "page", "4"), "status=a+b&sort=title&page=4");
        assert_eq!(with(&pairs, "sort", "-title"), "status=a+b&sort=-title");
        assert_eq!(with(&[], "sort", "title"), "sort=title");
    }
}
