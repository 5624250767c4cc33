//! The methods of routes, as types: what only some methods can be is asked when an application is compiled.

use axum::routing::MethodFilter;

/// A method that routes can have. Implemented by the types of this module; never by users.
pub trait Method: Send + sealed::Sealed {
    /// `GET`, `POST` …
    fn name(&self) -> &'static str;

    #[doc(hidden)]
    fn filter(&self) -> MethodFilter;
}

/// A method that routes can be [idempotent](super::Route::idempotent) with: `POST` and `PATCH`. The others may be repeated as they
/// are.
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
