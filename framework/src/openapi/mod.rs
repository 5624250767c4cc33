//! The OpenAPI 3.1 description of the API, made from the handlers.
//!
//! Nothing is written twice. Each argument of a handler describes its input and its problems ([`Input`]), the return type
//! describes the response ([`Output`]), the [`Access`](crate::controller::Access) type describes who may call, and the types of
//! bodies have their schema from [`schemars`], which reads the attributes of serde and garde.
//!
//! ```
//! use fw::{dto::prelude::*, prelude::*};
//!
//! /// A book as clients send it.
//! #[derive(Deserialize, Validate, JsonSchema)]
//! struct BookBody {
//!     #[garde(length(chars, min = 1, max = 80))]
//!     title: String,
//! }
//!
//! async fn create(_: Anyone, ValidJson(book): ValidJson<BookBody>) -> NoContent {
//!     println!("{}", book.title);
//!     NoContent
//! }
//!
//! let routes = Routes::at("/api/v1/books").with([post("/", create)]);
//! let description = routes.describe("library", "1.0.0");
//! let title = &description["components"]["schemas"]["BookBody"]["properties"]["title"];
//! assert_eq!(title["maxLength"], 80);
//! assert!(description["paths"]["/api/v1/books"]["post"]["responses"]["422"].is_object());
//! ```
//!
//! Without the feature `openapi` the traits remain, so that handlers are the same, but there is no description, and types
//! of bodies need no schema.

#[cfg(feature = "openapi")]
mod document;
pub(crate) mod error_format;
#[cfg(feature = "openapi")]
mod example;
mod input;
mod links;
#[cfg(feature = "openapi")]
mod name;
mod operation;
mod output;
#[cfg(feature = "openapi")]
mod prose;
#[cfg(feature = "openapi")]
mod room;
mod schema;
#[cfg(feature = "openapi")]
mod schemas;
#[cfg(all(test, feature = "openapi"))]
mod tests;

#[cfg(feature = "views")]
pub(crate) use self::document::pages;
pub(crate) use self::error_format::ErrorFormat;
#[cfg(feature = "openapi")]
pub(crate) use self::{
    document::{About, Described, document},
    room::ROOM,
};
pub use self::{
    input::Input,
    links::Links,
    operation::{Location, Operation, Parameter},
    output::{Failure, Output},
    schema::Schema,
};
