//! The middleware pipeline: the path of a request to the routes and of its response back.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
};
use futures_util::{FutureExt, future::Either};
use tower::Service;
use tracing::Instrument;

use super::{
    RequestId, access_log,
    body_limit::{self, BodyLimit},
    catch_panic,
    client_ip::Proxies,
    compression::{self, Compression},
    cors::{self, Cors},
    cross_origin::CrossOrigin,
    etag, problem,
    rate_limit::RateLimit,
    security_headers::SecurityHeaders,
    timeout,
};
use crate::{
    config::MiddlewareConfig,
    context::AppContext,
    controller::ClientIp,
    telemetry::{self, RequestContext, TraceParent},
};

/// The framework's own middleware, as configured, around the routes. Each function wraps the one below it.
///
/// It is one future of plain functions: layers of tower would cost a box each in every request. Each level of it holds the
/// request once more, so that is in a box, and so are rare levels.
pub(super) struct Pipeline {
    proxies: Proxies,
    request_id: bool,
    access_log: bool,
    errors: problem::Errors,
    security_headers: Option<SecurityHeaders>,
    cors: Option<Cors>,
    cross_origin: Option<CrossOrigin>,
    catch_panic: bool,
    rate_limit: Option<RateLimit>,
    body_limit: Option<BodyLimit>,
    timeout: Option<Duration>,
    compression: Option<Compression>,
    /// The largest body with an entity tag, in bytes.
    etag: Option<usize>,
    routes: Router,
}

impl Pipeline {
    pub(super) fn new(routes: Router, ctx: &AppContext) -> Self {
        let config = &ctx.config;
        let MiddlewareConfig {
            request_id,
            access_log,
            catch_panic,
            security_headers,
            cors,
            cross_origin,
            rate_limit,
            body_limit,
            timeout,
            compression,
            etag,
        } = &config.middleware;
        if catch_panic.enabled {
            catch_panic::install_hook();
        }
        Self {
            proxies: Proxies::new(&config.server),
            request_id: request_id.enabled,
            access_log: access_log.enabled,
            errors: problem::Errors::new(ctx),
            security_headers: security_headers
                .enabled
                .then(|| SecurityHeaders::new(security_headers)),
            cors: cors.enabled.then(|| Cors::new(cors)),
            cross_origin: cross_origin
                .enabled
                .then(|| CrossOrigin::new(cross_origin, cors)),
            catch_panic: catch_panic.enabled,
            rate_limit: rate_limit.enabled.then(|| RateLimit::new(ctx)),
            body_limit: body_limit.enabled.then(|| BodyLimit::new(body_limit)),
            timeout: timeout.enabled.then_some(timeout.after),
            compression: compression.enabled.then(|| Compression::new(compression)),
            etag: etag.enabled.then_some(etag.max_bytes),
            #[cfg(feature = "views")]
            routes: crate::devtools::following(routes, ctx),
            #[cfg(not(feature = "views"))]
            routes,
        }
    }

    /// Handles a request.
    pub(super) fn handle(
        self: Arc<Self>,
        mut request: Request,
    ) -> impl Future<Output = Response> + Send + use<> {
        let client = self.proxies.find_client(&mut request);
        #[cfg(feature = "audit")]
        let address = client.map(|ClientIp(address)| address);
        // As JSON an address is written digit by digit, in a fraction of the time that `Display` takes.
        let client = client.map(|ClientIp(address)| serde_json::to_string(&address));
        let client = client.and_then(Result::ok);
        let id = self.request_id.then(|| RequestId::of(&request));
        let trace = TraceParent::of(request.headers());
        #[cfg(feature = "audit")]
        let user_agent = request.headers().get(http::header::USER_AGENT).cloned();
        let span = tracing::info_span!(
            "request",
            request_id = id.as_ref().map(RequestId::as_str),
            trace_id = trace.as_ref().map(TraceParent::trace_id),
            client_ip = client.as_deref().map(|client| client.trim_matches('"')),
        );
        // Boxed, as the future is large and would be copied into each future around it.
        let response = Box::pin(self.logged(Box::new(request), id.clone())).instrument(span);
        async move {
            let context = RequestContext {
                id: id.as_ref().map(RequestId::value),
                trace,
                #[cfg(feature = "audit")]
                client: address,
                #[cfg(feature = "audit")]
                user_agent,
            };
            if context.is_unknown() {
                return response.await;
            }
            let mut response = telemetry::within_request(context, response).await;
            if let Some(id) = id {
                id.add_to(&mut response);
            }
            response
        }
    }

    async fn logged(self: Arc<Self>, mut request: Box<Request>, id: Option<RequestId>) -> Response {
        let uri = request.uri().clone();
        let line = self
            .access_log
            .then(|| access_log::Line::of(&request, &uri));
        let rendering = problem::Rendering::of(
            &mut request,
            id,
            &uri,
            #[cfg(feature = "views")]
            &self.errors,
        );
        let mut response = match &self.cors {
            Some(cors) if cors::concerns(&request) => {
                cors.around(*request, |request| self.catching_panics(Box::new(request)))
                    .await
            }
            _ => self.catching_panics(request).await,
        };
        response = rendering.finish(response, &self.errors).await;
        if let Some(headers) = &self.security_headers {
            headers.add_to(&mut response);
        }
        if let Some(line) = line {
            line.write(&response);
        }
        response
    }

    fn catching_panics(&self, request: Box<Request>) -> impl Future<Output = Response> {
        let response = self.limited(request);
        if self.catch_panic {
            Either::Left(catch_panic::catching_panics(response))
        } else {
            Either::Right(response)
        }
    }

    async fn limited(&self, mut request: Box<Request>) -> Response {
        // A page of another site must not use up the limits of its visitors.
        if let Some(cross_origin) = &self.cross_origin
            && let Err(refusal) = cross_origin.check(&request)
        {
            return refusal.into_response();
        }
        let limits = self.rate_limit.as_ref();
        let Some(limits) = limits.and_then(|limits| limits.apply(&mut request)) else {
            return self.within_limits(request).await;
        };
        let mut response = match limits.check().await {
            // Boxed, as most requests have no limits, and all would be as large.
            Ok(()) => Box::pin(self.within_limits(request)).await,
            Err(refusal) => refusal.into_response(),
        };
        limits.request.add_to(response.headers_mut());
        response
    }

    async fn within_limits(&self, mut request: Box<Request>) -> Response {
        let share = match body_limit::apply(self.body_limit.as_ref(), &mut request) {
            Ok(share) => share,
            Err(refusal) => return refusal.into_response(),
        };
        let response = match self.timeout {
            Some(limit) => timeout::within(limit, self.encoded(request)).await,
            None => self.encoded(request).await,
        };
        match share.map(|share| share.check()) {
            // To an extractor it looks like a fault of the client.
            Some(Err(refusal)) if !response.status().is_success() => refusal.into_response(),
            _ => response,
        }
    }

    async fn encoded(&self, request: Box<Request>) -> Response {
        let Some(compression) = &self.compression else {
            return self.with_etag(request).await;
        };
        let mut response = if compression::is_wanted(&request) {
            if let Err(refusal) = compression::check(&request) {
                return refusal.into_response();
            }
            compression
                .around(*request, |request| self.with_etag(Box::new(request)))
                .await
        } else {
            self.with_etag(request).await
        };
        compression::vary(&mut response);
        response
    }

    async fn with_etag(&self, request: Box<Request>) -> Response {
        let conditions = etag::Conditions::of(&request);
        let response = self.routed(*request).await;
        match (self.etag, conditions) {
            (Some(max_bytes), Some(conditions)) => conditions.apply(response, max_bytes).await,
            _ => response,
        }
    }

    fn routed(&self, request: Request) -> impl Future<Output = Response> + use<> {
        // A router is always ready.
        self.routes
            .clone()
            .call(request)
            .map(|Ok(response)| response)
    }
}
