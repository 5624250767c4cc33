//! The response with one page of a list.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::sparse::Sparse;
use crate::{
    controller::Json,
    openapi::{Operation, Output, Schema},
};

/// A response with one page of a list: `{"data": […], "pagination": {"next_cursor": …, "has_more": …}}`, and `total` if the
/// client requested a page by number.
///
/// [`ListParams::fetch`](super::ListParams::fetch) makes one from the rows of a table, and `map` turns rows into what clients get.
/// Pages of other lists are made by hand:
///
/// ```
/// use fw::prelude::*;
/// use serde_json::json;
///
/// let page = Paginated::by_cursor(vec![1, 2], Some("c2Vl".to_owned())).map(|number| number * 10);
/// assert_eq!(page.data(), [10, 20]);
/// assert!(page.has_more());
/// assert_eq!(json!(page), json!({
///     "data": [10, 20],
///     "pagination": { "next_cursor": "c2Vl", "has_more": true },
/// }));
///
/// let numbered = Paginated::by_number(vec![3], false, 3);
/// assert_eq!(numbered.total(), Some(3));
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "{T}Page"))]
pub struct Paginated<T> {
    data: Vec<T>,
    pagination: Pagination,
    /// The only members of each element in the response, if the client has chosen some.
    #[cfg_attr(feature = "openapi", schemars(skip))]
    fields: Option<Vec<&'static str>>,
}

/// The position of a page in its list.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct Pagination {
    /// The `cursor` of the next page; `null` on the last one, and when pages are numbered.
    next_cursor: Option<String>,
    /// True if there is a next page.
    has_more: bool,
    /// The number of rows in the full list, when pages are numbered.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
}

impl<T> Paginated<T> {
    /// A page that is followed by the one which begins at `next_cursor`, or is the last one.
    pub fn by_cursor(data: Vec<T>, next_cursor: Option<String>) -> Self {
        let has_more = next_cursor.is_some();
        Self {
            data,
            pagination: Pagination {
                next_cursor,
                has_more,
                total: None,
            },
            fields: None,
        }
    }

    /// A page of a list with `total` rows.
    pub fn by_number(data: Vec<T>, has_more: bool, total: u64) -> Self {
        Self {
            data,
            pagination: Pagination {
                next_cursor: None,
                has_more,
                total: Some(total),
            },
            fields: None,
        }
    }

    /// Limits each element to these members.
    pub(super) fn with_fields(mut self, fields: Option<Vec<&'static str>>) -> Self {
        self.fields = fields;
        self
    }

    /// Changes each element.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Paginated<U> {
        Paginated {
            data: self.data.into_iter().map(change).collect(),
            pagination: self.pagination,
            fields: self.fields,
        }
    }

    /// The elements of this page.
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// The elements of this page by themselves.
    #[cfg(feature = "views")]
    pub(super) fn into_data(self) -> Vec<T> {
        self.data
    }

    /// The cursor of the next page, if there is one and the pages are not numbered.
    pub fn next_cursor(&self) -> Option<&str> {
        self.pagination.next_cursor.as_deref()
    }

    /// Returns true if there is a next page.
    pub fn has_more(&self) -> bool {
        self.pagination.has_more
    }

    /// The number of rows in the full list, when the pages are numbered.
    pub fn total(&self) -> Option<u64> {
        self.pagination.total
    }
}

impl<T: Serialize> Serialize for Paginated<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut page = serializer.serialize_struct("Paginated", 2)?;
        match &self.fields {
            None => page.serialize_field("data", &self.data)?,
            Some(names) => {
                let sparse = |value| Sparse { value, names };
                let data: Vec<_> = self.data.iter().map(sparse).collect();
                page.serialize_field("data", &data)?;
            }
        }
        page.serialize_field("pagination", &self.pagination)?;
        page.end()
    }
}

impl<T: Serialize> IntoResponse for Paginated<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

impl<T: Schema> Output for Paginated<T> {
    const MEDIA_TYPES: &'static [&'static str] = &["application/json"];

    fn describe(operation: &mut Operation<'_>) {
        operation.response::<Self>(StatusCode::OK);
    }
}
