//! Tower layers around routes.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::Request,
    response::IntoResponse,
    routing::{MethodRouter, Route},
};
use tower::{Layer, Service};

use crate::context::AppContext;

/// A tower layer that routes can have, such as one of `tower_http` or of [`axum::middleware::from_fn`]. Implemented for all of
/// them; never by users.
///
/// ```
/// use fw::{
///     axum::{extract::Request, middleware::{Next, from_fn}, response::Response},
///     http::HeaderValue,
///     prelude::*,
/// };
///
/// async fn noindex(request: Request, next: Next) -> Response {
///     let mut response = next.run(request).await;
///     response.headers_mut().insert("x-robots-tag", HeaderValue::from_static("noindex"));
///     response
/// }
///
/// async fn preview(_: Anyone) -> &'static str { "not for search engines" }
///
/// Routes::at("/previews").layer(from_fn(noindex)).with([get("/", preview)]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer for routes",
    label = "not a layer",
    note = "a layer is a `tower::Layer` that can be cloned, such as those of `tower_http`, or `from_fn(…)` of an `async fn` that takes \
            a `Request` and at last a `Next`, and returns a response"
)]
pub trait RouteLayer: Clone + Send + Sync + 'static {
    #[doc(hidden)]
    fn erase(self) -> Wrap;
}

/// A type-erased layer.
#[derive(Clone)]
pub struct Wrap(Arc<dyn Fn(MethodRouter<AppContext>) -> MethodRouter<AppContext> + Send + Sync>);

impl Wrap {
    pub(super) fn around(&self, service: MethodRouter<AppContext>) -> MethodRouter<AppContext> {
        (self.0)(service)
    }
}

#[diagnostic::do_not_recommend]
impl<L> RouteLayer for L
where
    L: Layer<Route> + Clone + Send + Sync + 'static,
    L::Service: Service<
            Request,
            Response: IntoResponse + 'static,
            Error: Into<Infallible> + 'static,
            Future: Send + 'static,
        > + Clone
        + Send
        + Sync
        + 'static,
{
    fn erase(self) -> Wrap {
        Wrap(Arc::new(move |service| service.layer(self.clone())))
    }
}
