//! The HTTP methods of routes, as types, so that options for only some methods are checked at compile time.
//!
//! ```
//! use fw::{controller::{Route, method::{Method, Repeatable}}, prelude::*};
//!
//! /// A route of any method, with what all routes of this application have.
//! fn documented<M: Method + 'static>(route: Box<Route<M>>) -> Box<Route> {
//!     route.summary("A part of the public interface")
//! }
//!
//! /// A route of `POST` or `PATCH`, the only ones that can be idempotent.
//! fn repeatable<M: Repeatable + 'static>(route: Box<Route<M>>) -> Box<Route> {
//!     documented(route.idempotent())
//! }
//!
//! async fn list(_: Anyone) -> &'static str { "orders" }
//! async fn create(_: Anyone) -> NoContent { NoContent }
//!
//! Routes::at("/orders").with([documented(get("/", list)), repeatable(post("/", create))]);
//! ```

use axum::routing::MethodFilter;

/// An HTTP method of a route. Implemented by the types of this module; never by users.
pub trait Method: Send + sealed::Sealed {
    /// `GET`, `POST` …
    fn name(&self) -> &'static str;

    #[doc(hidden)]
    fn filter(&self) -> MethodFilter;
}

/// A method whose routes can be [idempotent](super::Route::idempotent): `POST` and `PATCH`. The other methods are idempotent by
/// definition.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` route cannot be `idempotent()`: only those of `post` and `patch` can",
    label = "not `post` or `patch`",
    note = "remove the call: `GET`, `PUT` and `DELETE` may be repeated without it"
)]
pub trait Repeatable: Method {}

impl Repeatable for Post {}
impl Repeatable for Patch {}

mod sealed {
    pub trait Sealed {}
}

macro_rules! methods {
    ($($type:ident $name:ident),*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`")]
            #[derive(Clone, Copy, Debug)]
            pub struct $type;

            impl sealed::Sealed for $type {}

            impl Method for $type {
                fn name(&self) -> &'static str {
                    stringify!($name)
                }

                fn filter(&self) -> MethodFilter {
                    MethodFilter::$name
                }
            }
        )*
    };
}

methods!(Get GET, Post POST, Put PUT, Patch PATCH, Delete DELETE);
