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
use http::{HeaderMap, HeaderValue, Uri, header};
use serde::Serialize;
use tera::Context;

use super::{flash, negotiation};
use crate::{
    context::AppContext,
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
}

/// Names the templates of pages: an implementation of [`View`](crate::controller::View) for each.
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
///     Index => "books/pages/index.html",
///     Show => "books/pages/show.html",
/// }
/// # assert_eq!(Show::TEMPLATE, "books/pages/show.html");
/// ```
#[macro_export]
macro_rules! templates {
    ($($view:ty => $template:literal),+ $(,)?) => {
        $(impl $crate::controller::View for $view {
            const TEMPLATE: &'static str = $template;
        })+
    };
}

/// A response of status 200 with a page: the template of `V`, with its data. See [`view`](crate::view) for an example.
#[derive(Clone, Copy, Debug)]
pub struct Page<V>(pub V);

/// A page before it is rendered. The handler knows neither the templates nor the reader's language.
#[derive(Clone)]
struct Unrendered(Arc<Mutex<Option<(&'static str, Context)>>>);

impl<V: View> IntoResponse for Page<V> {
    fn into_response(self) -> Response {
        unrendered(V::TEMPLATE, Context::from_serialize(&self.0))
    }
}

/// Not generic, so it is compiled once.
fn unrendered(template: &'static str, data: tera::TeraResult<Context>) -> Response {
    match data {
        Ok(data) => {
            let mut response = Response::new(Body::empty());
            let page = Unrendered(Arc::new(Mutex::new(Some((template, data)))));
            response.extensions_mut().insert(page);
            response
        }
        Err(error) => Error::from(ViewError::from(error)).into_response(),
    }
}

impl<V: View> Output for Page<V> {
    const MEDIA_TYPES: &'static [&'static str] = &[HTML];

    fn describe(operation: &mut Operation<'_>) {
        operation.page::<V>(V::TEMPLATE);
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

    /// The reader of a request that prefers HTML to JSON. It stays with the request.
    pub(crate) fn of_browser(request: &mut Request) -> Option<Self> {
        if !negotiation::prefers_html(request.headers()) {
            return None;
        }
        let reader = Self::from_headers(request.headers());
        request.extensions_mut().insert(reader.clone());
        Some(reader)
    }

    fn from_headers(headers: &HeaderMap) -> Self {
        let mut own = HeaderMap::new();
        for name in [header::ACCEPT_LANGUAGE, header::COOKIE] {
            for value in headers.get_all(&name) {
                own.append(&name, value.clone());
            }
        }
        Self(Arc::new(own))
    }
}

/// The scene of a request, for the templates of an application.
pub(crate) fn scene(engine: &Engine, uri: &Uri, reader: &Reader) -> Scene {
    let languages = negotiation::accepted_languages(&reader.0);
    engine.scene(uri, &reader.0, &languages)
}

/// Renders the page of a response, if it has one, for the reader of a request with this URI.
pub(super) fn render(response: &mut Response, ctx: &AppContext, uri: &Uri, reader: &Reader) {
    let Some(Unrendered(page)) = response.extensions_mut().remove() else {
        return;
    };
    let page = page.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some((template, data)) = page else {
        return;
    };
    let flash = flash::received(&reader.0, ctx);
    let rendered = match ctx.get::<Engine>() {
        Some(engine) => {
            let mut scene = scene(engine, uri, reader);
            if let Some(flash) = &flash {
                engine.add_flash(&mut scene, &flash.message());
            }
            engine.render(template, data, &scene)
        }
        None => Err(ViewError::Template(
            "the application has no views\nhint: add `fn views() -> Views { fw::views!() }` in `src/app.rs`".to_owned(),
        )),
    };
    match rendered {
        Ok(html) => {
            const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
            // A page may be about its reader: only the browser keeps it, and asks whether it is still the same.
            const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, MEDIA_TYPE);
            headers.entry(header::CACHE_CONTROL).or_insert(PRIVATE);
            if ctx.get::<Engine>().is_some_and(Engine::negotiates_locales) {
                const READER: HeaderValue = HeaderValue::from_static("accept-language, cookie");
                headers.append(header::VARY, READER);
            }
            *response.body_mut() = Body::from(html);
            if flash.is_some() {
                flash::remove(ctx, response);
            }
        }
        Err(error) => *response = Error::from(error).into_response(),
    }
}
