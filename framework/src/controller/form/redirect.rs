//! Redirects to the route of a handler.

use std::{any::type_name, fmt, marker::PhantomData, sync::Arc};

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use uuid::Uuid;

use crate::{
    context::AppContext,
    controller::{
        flash::{self, Flash},
        function::{Asynchronous, Function},
        page::{Page, View},
    },
    error::Error,
    openapi::{Links, Operation, Output},
    view::Engine,
};

/// A response of status 303: the browser goes on to the page `V`, by the handler that shows it.
///
/// ```
/// use fw::{dto::prelude::*, prelude::*};
///
/// /// The page of a book.
/// #[derive(Serialize, JsonSchema)]
/// struct Show {
///     id: Id,
/// }
///
/// impl View for Show {
///     const TEMPLATE: &'static str = "books/pages/show.html";
/// }
///
/// async fn show(_: Anyone, Path(id): Path<Id>) -> Page<Show> {
///     Page(Show { id })
/// }
///
/// async fn newest(_: Anyone) -> Redirect<Show> {
///     Redirect::to(show, 7).flash("books-newest")
/// }
///
/// let routes = Routes::at("/books").with([get("/newest", newest), get("/{id}", show)]);
/// # assert!(routes.into_router().is_ok());
/// ```
///
/// As the type names the page, an application with a redirect to one that no route shows does not start, and neither does one with a
/// redirect to one that several show. `Redirect` alone is a redirect to anywhere: to a handler without a page, or to one of several
/// pages. It fails when it is made (500) if the handler is mounted never or twice.
///
/// ```
/// # use fw::prelude::*;
/// async fn download(_: Anyone, Path(id): Path<Id>) -> String {
///     format!("Volume {id}")
/// }
///
/// async fn newest(_: Anyone) -> Redirect {
///     Redirect::to_handler(download, 7)
/// }
/// # Routes::new().with([get("/newest", newest), get("/{id}", download)]);
/// ```
pub struct Redirect<V = Anywhere> {
    going: Going,
    page: PhantomData<fn() -> V>,
}

/// The target of a redirect that is known only when it is made. See [`Redirect`] for an example.
#[derive(Clone, Copy, Debug)]
pub struct Anywhere;

/// The target of a redirect in its type: a page, or [`Anywhere`]. Implemented for every [`View`]; never by users. See [`Redirect`] for an
/// example.
pub trait Destination {
    /// The name of the type of the page.
    #[doc(hidden)]
    fn page() -> Option<&'static str>;
}

impl<V: View> Destination for V {
    fn page() -> Option<&'static str> {
        Some(type_name::<V>())
    }
}

impl Destination for Anywhere {
    fn page() -> Option<&'static str> {
        None
    }
}

/// A response that shows a page: [`Page`], or a `Result` of one. Never implemented by users. See [`Redirect`] for an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` shows no page",
    label = "the response of the handler that the redirect names",
    note = "`Redirect::to_handler` redirects to a handler without a page, and `Redirect::local` to a path"
)]
pub trait ShowsPage {
    /// The page.
    type View: View;
}

impl<V: View> ShowsPage for Page<V> {
    type View = V;
}

impl<T: ShowsPage, E> ShowsPage for Result<T, E> {
    type View = T::View;
}

/// The way to the target, and what is said there.
#[derive(Clone, Debug)]
struct Going {
    target: Target,
    flash: Option<Flash>,
}

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

impl<V: View> Redirect<V> {
    /// A redirect to the page of a handler, with values for the parameters of its path.
    pub fn to<H, T>(handler: H, values: impl PathValues) -> Self
    where
        H: Function<T>,
        H::Returned: Asynchronous<Response: ShowsPage<View = V>>,
    {
        Self::from_target(Target::of(handler, values))
    }

    /// The same without the page in its type: for handlers that redirect to one of several pages.
    pub fn anywhere(self) -> Redirect {
        Redirect {
            going: self.going,
            page: PhantomData,
        }
    }
}

impl Redirect {
    /// A redirect to the route of a handler that shows no page, with values for the parameters of its path. The handler must be mounted once;
    /// otherwise the response is an error of status 500.
    pub fn to_handler<H, T>(handler: H, values: impl PathValues) -> Self
    where
        H: Function<T>,
    {
        Self::from_target(Target::of(handler, values))
    }

    /// A redirect to a path of this site: it starts with one `/`. Anything else is an error of status 500, so that what a request says
    /// cannot lead to another site (ASVS 5.0, 3.7.2).
    pub fn local(path: impl Into<String>) -> Self {
        Self::from_target(Target::Local(path.into()))
    }

    /// A redirect to the path of this site that a request names, such as the page that has led to a sign-in. If it names none, or something
    /// else than a path of this site, it is the `other` redirect.
    ///
    /// ```
    /// # use fw::prelude::*;
    /// # async fn home(_: Anyone) -> String { String::new() }
    /// fn signed_in(next: Option<String>) -> Redirect {
    ///     Redirect::back_to(next, Redirect::to_handler(home, ()))
    /// }
    /// # let _ = signed_in(None);
    /// ```
    pub fn back_to(path: Option<String>, other: Self) -> Self {
        match path.filter(|path| is_local(path)) {
            Some(path) => Self::local(path),
            None => other,
        }
    }
}

impl<V> Redirect<V> {
    fn from_target(target: Target) -> Self {
        Self {
            going: Going {
                target,
                flash: None,
            },
            page: PhantomData,
        }
    }

    /// Shows a message on the next page: the key of a message, or a [`Flash`] with parameters for it.
    #[must_use]
    pub fn flash(mut self, flash: impl Into<Flash>) -> Self {
        self.going.flash = Some(flash.into());
        self
    }
}

impl Target {
    fn of<H>(handler: H, values: impl PathValues) -> Self {
        drop(handler);
        Self::Handler(type_name::<H>(), values.into_values().into())
    }
}

impl<V> fmt::Debug for Redirect<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.going.fmt(f)
    }
}

impl<V> IntoResponse for Redirect<V> {
    fn into_response(self) -> Response {
        let mut response = StatusCode::SEE_OTHER.into_response();
        response.extensions_mut().insert(self.going);
        response
    }
}

impl<V: Destination> Output for Redirect<V> {
    fn describe(operation: &mut Operation<'_>) {
        operation.empty_response(StatusCode::SEE_OTHER);
    }

    fn link(links: &mut Links) {
        links.is_for_browsers = true;
        links.targets.extend(V::page());
    }
}

/// Sets the location of a response that redirects from a path to a handler, and the cookie of its message.
pub(crate) fn resolve(response: &mut Response, ctx: &AppContext, from: &str) {
    let Some(Going { target, flash }) = response.extensions_mut().remove() else {
        return;
    };
    let path = match target {
        Target::Local(path) if is_local(&path) => Ok(path),
        Target::Local(path) => Err(format!("`{path}` is no path of this site")),
        Target::Handler(handler, values) => match ctx.get::<Engine>() {
            Some(engine) => engine.path_of(handler, &values, from),
            None => Err("the application has no views".to_owned()),
        },
    };
    let location = path.and_then(|path| {
        HeaderValue::try_from(&path).map_err(|_| format!("`{path}` is no location"))
    });
    match location {
        Ok(location) => {
            response.headers_mut().insert(header::LOCATION, location);
            if let Some(flash) = flash {
                flash::send(&flash, ctx, response);
            }
        }
        Err(reason) => {
            *response = Error::internal(format!("a redirect fails: {reason}")).into_response();
        }
    }
}

/// Returns whether a location stays on this site. Browsers take `//host` and `/\host` for another one, and leave out tabs and ends of lines first.
fn is_local(path: &str) -> bool {
    path.starts_with('/') && !path[1..].starts_with(['/', '\\']) && !path.contains(char::is_control)
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
            "/\t/evil.example",
            "/\n/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
        ] {
            assert!(!is_local(wrong), "{wrong}");
        }
    }
}
