//! Pages: responses that are rendered from a template, when the handler has returned, for the reader that the request describes.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Uri, header};
use serde::Serialize;
use tera::Context;

use super::negotiation;
use crate::{
    error::Error,
    openapi::{Operation, Output, Schema},
    view::{Engine, Scene, ViewError},
};

/// The data of a page, with the template that shows it. The fields are the variables of the template; `request` is the framework's.
///
/// See [`view`](crate::view) for an example.
pub trait View: Serialize + Schema {
    /// The template: the path of a file below `src`, such as `posts/pages/index.html`.
    const TEMPLATE: &'static str;
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
}

const HTML: &str = "text/html";

/// The scene of a request, for the templates of an application.
pub(crate) fn scene(engine: &Engine, uri: &Uri, headers: &HeaderMap) -> Scene {
    let languages = negotiation::accepted_languages(headers);
    Scene::of(uri, headers, engine.locales(), &languages)
}

/// Returns whether a request prefers HTML to JSON.
pub(crate) fn prefers_html(headers: &HeaderMap) -> bool {
    negotiation::prefers_html(headers)
}

/// Renders the page of a response, if it has one, for a request with this URI and these headers.
pub(super) fn render(
    response: &mut Response,
    engine: Option<&Engine>,
    uri: &Uri,
    headers: &HeaderMap,
) {
    let Some(Unrendered(page)) = response.extensions_mut().remove() else {
        return;
    };
    let page = page.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some((template, data)) = page else {
        return;
    };
    let rendered = match engine {
        Some(engine) => engine.render(template, data, &scene(engine, uri, headers)),
        None => Err(ViewError::Template(
            "the application has no views\nhint: add `fn views() -> Views { fw::views!() }` in `src/app.rs`".to_owned(),
        )),
    };
    match rendered {
        Ok(html) => {
            const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, MEDIA_TYPE);
            *response.body_mut() = Body::from(html);
        }
        Err(error) => *response = Error::from(error).into_response(),
    }
}
