//! Redirects to the route of a handler.

use std::{any::type_name, sync::Arc};

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use uuid::Uuid;

use crate::{
    error::Error,
    openapi::{Operation, Output},
    view::Engine,
};

/// A response of status 303: the browser goes on to the route of a handler.
///
/// ```
/// use fw::prelude::*;
///
/// async fn show(_: Anyone, Path(id): Path<Id>) -> String {
///     format!("Volume {id}")
/// }
///
/// async fn newest(_: Anyone) -> Redirect {
///     Redirect::to(show, 7)
/// }
///
/// Routes::at("/books").with([get("/newest", newest), get("/{id}", show)]);
/// ```
#[derive(Clone, Debug)]
pub struct Redirect(Target);

#[derive(Clone, Debug)]
enum Target {
    /// A handler, and values for the parameters of its path, in their order.
    Handler(&'static str, Arc<[String]>),
    /// A path of this site.
    Local(String),
}

/// Values for the parameters of a path: `()`, one value, or a tuple of several. See [`Redirect`] for an example.
pub trait PathValues {
    /// The values in the order of the parameters.
    fn into_values(self) -> Vec<String>;
}

impl PathValues for () {
    fn into_values(self) -> Vec<String> {
        Vec::new()
    }
}

macro_rules! one {
    ($($type:ty),*) => {
        $(impl PathValues for $type {
            fn into_values(self) -> Vec<String> {
                vec![self.to_string()]
            }
        })*
    };
}

one!(i16, i32, i64, u16, u32, u64, usize, String, &str, Uuid);

macro_rules! several {
    ($($value:ident)*) => {
        impl<$($value: PathValues),*> PathValues for ($($value,)*) {
            #[expect(non_snake_case, reason = "the types give the names")]
            fn into_values(self) -> Vec<String> {
                let ($($value,)*) = self;
                [$($value.into_values()),*].concat()
            }
        }
    };
}

several!(A B);
several!(A B C);
several!(A B C D);

impl Redirect {
    /// A redirect to the route of a handler, with values for the parameters of its path. The handler must be mounted once.
    pub fn to<H>(handler: H, values: impl PathValues) -> Self {
        drop(handler);
        Self(Target::Handler(
            type_name::<H>(),
            values.into_values().into(),
        ))
    }

    /// A redirect to a path of this site: it starts with one `/`. Anything else is an error of status 500, so that what a request says
    /// cannot lead to another site (ASVS 5.0, 3.7.2).
    pub fn local(path: impl Into<String>) -> Self {
        Self(Target::Local(path.into()))
    }
}

impl IntoResponse for Redirect {
    fn into_response(self) -> Response {
        let mut response = StatusCode::SEE_OTHER.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl Output for Redirect {
    fn describe(operation: &mut Operation<'_>) {
        operation.empty_response(StatusCode::SEE_OTHER);
    }
}

/// Sets the location of a response that redirects to a handler.
pub(crate) fn resolve(response: &mut Response, engine: Option<&Engine>) {
    let Some(Redirect(target)) = response.extensions_mut().remove() else {
        return;
    };
    let path = match target {
        Target::Local(path) if is_local(&path) => Ok(path),
        Target::Local(path) => Err(format!("`{path}` is no path of this site")),
        Target::Handler(handler, values) => match engine {
            Some(engine) => engine.path_of(handler, &values),
            None => Err("the application has no views".to_owned()),
        },
    };
    let location = path.and_then(|path| {
        HeaderValue::try_from(&path).map_err(|_| format!("`{path}` is no location"))
    });
    match location {
        Ok(location) => {
            response.headers_mut().insert(header::LOCATION, location);
        }
        Err(reason) => {
            *response = Error::internal(format!("a redirect fails: {reason}")).into_response();
        }
    }
}

/// Returns whether a location stays on this site. Browsers take `//host` and `/\host` for another one.
fn is_local(path: &str) -> bool {
    path.starts_with('/') && !path[1..].starts_with(['/', '\\'])
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_paths_are_local() {
        for right in ["/", "/posts/7?tab=a", "/a//b"] {
            assert!(is_local(right), "{right}");
        }
        for wrong in [
            "",
            "posts",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
        ] {
            assert!(!is_local(wrong), "{wrong}");
        }
    }
}
