//! Pages: responses that are rendered from a template, when the handler has returned, for the reader that the request describes.

use std::{
    any::type_name,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use serde::Serialize;
use tera::Context;

use super::{flash, fragment, negotiation};
#[cfg(feature = "auth")]
use crate::auth::shows_session;
use crate::{
    context::AppContext,
    env::Environment,
    error::Error,
    openapi::{Links, Operation, Output, Schema},
    view::{Engine, Scene, ViewError},
};

/// The data of a page, with the template that shows it. The fields are the variables of the template; `request` is the framework's.
///
/// See [`view`](crate::view) for an example.
pub trait View: Serialize + Schema {
    /// The template: the path of a file below `src`, such as `posts/pages/index.html`.
    const TEMPLATE: &'static str;

    /// The block of the template that is the response to [htmx](https://htmx.org) when it asks for a part of the page; none if that gets the
    /// whole page as well.
    const FRAGMENT: Option<&'static str> = None;
}

/// Names the templates of pages: an implementation of [`View`](crate::controller::View) for each. In brackets is the block that htmx gets, if there is one.
///
/// ```
/// use fw::{dto::prelude::*, prelude::*};
///
/// #[derive(Serialize, JsonSchema)]
/// struct Index {
///     titles: Vec<String>,
/// }
///
/// #[derive(Serialize, JsonSchema)]
/// struct Show {
///     title: String,
/// }
///
/// fw::templates! {
///     Index => "books/pages/index.html" ["rows"],
///     Show => "books/pages/show.html",
/// }
/// # assert_eq!(Show::TEMPLATE, "books/pages/show.html");
/// # assert_eq!((Index::FRAGMENT, Show::FRAGMENT), (Some("rows"), None));
/// ```
#[macro_export]
macro_rules! templates {
    ($($view:ty => $template:literal $([$fragment:literal])?),+ $(,)?) => {
        $(impl $crate::controller::View for $view {
            const TEMPLATE: &'static str = $template;
            $(const FRAGMENT: Option<&'static str> = Some($fragment);)?
        })+
    };
}

/// A response of status 200 with a page: the template of `V`, with its data. See [`view`](crate::view) for an example.
#[derive(Clone, Copy, Debug)]
pub struct Page<V>(pub V);

/// A page before it is rendered. The handler knows neither the templates nor the reader's language.
#[derive(Clone)]
struct Unrendered(Arc<Mutex<Option<Content>>>);

struct Content {
    template: &'static str,
    fragment: Option<&'static str>,
    data: Context,
}

impl<V: View> IntoResponse for Page<V> {
    fn into_response(self) -> Response {
        unrendered(V::TEMPLATE, V::FRAGMENT, Context::from_serialize(&self.0))
    }
}

/// Not generic, so it is compiled once.
fn unrendered(
    template: &'static str,
    fragment: Option<&'static str>,
    data: tera::TeraResult<Context>,
) -> Response {
    match data {
        Ok(data) => {
            let mut response = Response::new(Body::empty());
            let content = Content {
                template,
                fragment,
                data,
            };
            let page = Unrendered(Arc::new(Mutex::new(Some(content))));
            response.extensions_mut().insert(page);
            response
        }
        Err(error) => Error::from(ViewError::from(error)).into_response(),
    }
}

impl<V: View> Output for Page<V> {
    const MEDIA_TYPES: &'static [&'static str] = &[HTML];

    fn describe(operation: &mut Operation<'_>) {
        operation.page::<V>(V::TEMPLATE, V::FRAGMENT);
    }

    fn link(links: &mut Links) {
        links.is_for_browsers = true;
        links.shown.push(type_name::<V>());
    }
}

const HTML: &str = "text/html";

/// The headers of a request that describe its reader. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reader(Arc<HeaderMap>);

impl Reader {
    /// The reader of a request, which is the same for its page and for its error.
    pub(super) fn of(request: &Request) -> Self {
        let known = request.extensions().get::<Self>().cloned();
        known.unwrap_or_else(|| Self::from_headers(request.headers()))
    }

    /// The reader of a request that prefers HTML to JSON, as htmx always does. It stays with the request.
    pub(crate) fn of_browser(request: &mut Request) -> Option<Self> {
        let headers = request.headers();
        if !negotiation::prefers_html(headers) && !fragment::is_of_htmx(headers) {
            return None;
        }
        let reader = Self::from_headers(request.headers());
        request.extensions_mut().insert(reader.clone());
        Some(reader)
    }

    fn from_headers(headers: &HeaderMap) -> Self {
        let mut own = HeaderMap::new();
        let names = [header::ACCEPT_LANGUAGE, header::COOKIE];
        for name in names.iter().chain(&fragment::HEADERS) {
            for value in headers.get_all(name) {
                own.append(name, value.clone());
            }
        }
        Self(Arc::new(own))
    }

    /// Returns whether the reader's browser has sent the request by htmx.
    pub(crate) fn has_htmx(&self) -> bool {
        fragment::is_of_htmx(&self.0)
    }

    /// Returns whether the reader's browser needs only a part of a page.
    pub(crate) fn wants_fragment(&self) -> bool {
        fragment::is_wanted(&self.0)
    }
}

/// A request as its page sees it.
pub(super) struct Visit {
    uri: Uri,
    method: Method,
    reader: Reader,
}

impl Visit {
    pub(super) fn of(request: &Request) -> Self {
        Self {
            uri: request.uri().clone(),
            method: request.method().clone(),
            reader: Reader::of(request),
        }
    }
}

/// The scene of a request, for the templates of an application.
pub(crate) fn scene(
    engine: &Engine,
    environment: &Environment,
    uri: &Uri,
    reader: &Reader,
) -> Scene {
    let languages = negotiation::accepted_languages(&reader.0);
    engine
        .scene(uri, &reader.0, &languages)
        .with_session(shows_session(&reader.0, environment))
}

/// Nobody signs in.
#[cfg(not(feature = "auth"))]
fn shows_session(_: &HeaderMap, _: &Environment) -> bool {
    false
}

/// Renders the page of a response, if it has one, for a visit.
pub(super) fn render(response: &mut Response, ctx: &AppContext, visit: &Visit) {
    let Some(Unrendered(page)) = response.extensions_mut().remove() else {
        return;
    };
    let content = page.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(content) = content else {
        return;
    };
    let wants_fragment = visit.reader.wants_fragment();
    let depends_on_htmx = wants_fragment || content.fragment.is_some();
    match content.rendered(ctx, visit) {
        Ok(Rendered { html, shows_flash }) => {
            const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
            // A page may be about its reader: only the browser keeps it, and asks whether it is still the same.
            const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
            let is_of_path = visit.method == Method::GET && response.status() == StatusCode::OK;
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, MEDIA_TYPE);
            headers.entry(header::CACHE_CONTROL).or_insert(PRIVATE);
            if depends_on_htmx {
                fragment::vary(headers);
            }
            if wants_fragment && fragment::is_document(&html) {
                fragment::replace_page(headers);
                if is_of_path {
                    fragment::push_path(headers, &visit.uri);
                }
            }
            if ctx.get::<Engine>().is_some_and(Engine::negotiates_locales) {
                const READER: HeaderValue = HeaderValue::from_static("accept-language, cookie");
                headers.append(header::VARY, READER);
            }
            *response.body_mut() = Body::from(html);
            if shows_flash {
                flash::remove(ctx, response);
            }
        }
        Err(error) => *response = Error::from(error).into_response(),
    }
}

struct Rendered {
    html: String,
    /// True if a message was waiting, and is in it.
    shows_flash: bool,
}

impl Content {
    fn rendered(self, ctx: &AppContext, visit: &Visit) -> Result<Rendered, ViewError> {
        let Some(engine) = ctx.get::<Engine>() else {
            return Err(ViewError::Template(
                "the application has no views\nhint: add `fn views() -> Views { fw::views!() }` in `src/app.rs`".to_owned(),
            ));
        };
        let reader = &visit.reader;
        let block = self.fragment.filter(|_| reader.wants_fragment());
        let mut scene = scene(engine, ctx.environment(), &visit.uri, reader);
        let Some(flash) = flash::received(&reader.0, ctx) else {
            let html = engine.render(self.template, block, self.data, &scene)?;
            let shows_flash = false;
            return Ok(Rendered { html, shows_flash });
        };
        // A fragment that does not show the message leaves it to the next page.
        let silent = match block {
            Some(_) => Some(engine.render(self.template, block, self.data.clone(), &scene)?),
            None => None,
        };
        engine.add_flash(&mut scene, &flash.message());
        let html = engine.render(self.template, block, self.data, &scene)?;
        let shows_flash = silent.as_ref() != Some(&html);
        Ok(Rendered { html, shows_flash })
    }
}
