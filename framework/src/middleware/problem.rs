//! Middleware that renders errors in the format of the application, `application/problem+json` (RFC 9457) by default, and logs them.
//!
//! Every response with a status of 400 or more leaves in it: those made from an [`Error`](crate::Error), which is in
//! their extensions, and those that axum or a tower layer made on its own (unknown path, wrong method, a rejected
//! extractor).

use std::{borrow::Cow, sync::Arc};

#[cfg(feature = "views")]
use axum::response::{Html, IntoResponse};
use axum::{body::Body, extract::Request, response::Response};
#[cfg(feature = "views")]
use http::Method;
use http::{HeaderMap, StatusCode, Uri, header};

#[cfg(feature = "views")]
use super::sign_in;
use super::{RequestId, head};
use crate::{context::AppContext, error::Error, openapi::ErrorFormat};
#[cfg(feature = "views")]
use crate::{
    controller::{developer, fragment, page},
    devtools,
    env::Environment,
    error::Problem,
    view::Engine,
};

/// The longest text of a foreign layer's response that is repeated in the problem's detail, in bytes.
const MAX_TEXT: usize = 1024;

/// The rendering of the errors of an application.
pub(super) struct Errors {
    /// True if clients see the chain of causes: in development only.
    verbose: bool,
    format: ErrorFormat,
    /// The templates of error pages.
    #[cfg(feature = "views")]
    engine: Option<Engine>,
    #[cfg(feature = "views")]
    sign_in: sign_in::Pages,
    #[cfg(feature = "views")]
    environment: Environment,
    /// The application, where its developers see more than others.
    #[cfg(feature = "views")]
    developed: Option<AppContext>,
}

impl Errors {
    pub(super) fn new(ctx: &AppContext) -> Self {
        Self {
            verbose: ctx.environment().is_development(),
            format: ctx.get().cloned().unwrap_or_default(),
            #[cfg(feature = "views")]
            engine: ctx.get().cloned(),
            #[cfg(feature = "views")]
            sign_in: sign_in::Pages::of(&ctx.config.auth),
            #[cfg(feature = "views")]
            environment: ctx.environment().clone(),
            #[cfg(feature = "views")]
            developed: developer::are_pages_served(&ctx.config).then(|| ctx.clone()),
        }
    }
}

#[cfg(feature = "views")]
impl Errors {
    /// The method of a request, if it comes from a developer of the application.
    fn developer(&self, request: &Request) -> Option<Method> {
        let is_own = self.developed.is_some()
            && developer::is_on_this_machine(request.uri(), request.headers());
        is_own.then(|| request.method().clone())
    }
}

/// The properties of a request that the rendering of its error depends on.
pub(super) struct Rendering<'a> {
    id: Option<RequestId>,
    uri: &'a Uri,
    is_head: bool,
    #[cfg(feature = "views")]
    method: Method,
    /// The method of a request that comes from a developer of the application.
    #[cfg(feature = "views")]
    developer: Option<Method>,
    /// The reader of a request that prefers a page to JSON.
    #[cfg(feature = "views")]
    reader: Option<page::Reader>,
}

impl<'a> Rendering<'a> {
    /// Prepares the rendering. From here on inwards, a `HEAD` request is a `GET` request.
    pub(super) fn of(
        request: &mut Request,
        id: Option<RequestId>,
        uri: &'a Uri,
        #[cfg(feature = "views")] errors: &Errors,
    ) -> Self {
        Self {
            #[cfg(feature = "views")]
            method: request.method().clone(),
            #[cfg(feature = "views")]
            developer: errors.developer(request),
            id,
            uri,
            is_head: head::as_get(request),
            #[cfg(feature = "views")]
            reader: page::Reader::of_browser(request),
        }
    }

    /// Renders the final response.
    pub(super) async fn finish(&self, mut response: Response, errors: &Errors) -> Response {
        if response.status().as_u16() >= 400 {
            response = Box::pin(self.render(response, errors)).await;
        }
        if self.is_head {
            response = head::head_of(response);
        }
        response
    }

    async fn render(&self, response: Response, errors: &Errors) -> Response {
        let (error, headers, mut extensions) =
            match response.extensions().get::<Arc<Error>>().cloned() {
                Some(error) => {
                    let (parts, _) = response.into_parts();
                    (error, parts.headers, parts.extensions)
                }
                None => match adopt(response).await {
                    Ok(adopted) => adopted,
                    Err(own) => return *own,
                },
            };
        log(&error);

        let mut problem = error.problem();
        problem.instance = Some(self.uri.path());
        problem.request_id = self.id.as_ref().map(RequestId::as_str);
        if error.status().is_server_error() && errors.verbose {
            problem.detail = Some(Cow::Owned(error.chain()));
        }
        #[cfg(feature = "views")]
        let page = match self.sign_in(&error, errors) {
            Some(detour) => Some(detour),
            None => self.page(&error, &problem, errors).await,
        };
        #[cfg(not(feature = "views"))]
        let page = None;
        let mut rendered = page.unwrap_or_else(|| errors.format.render(&problem));
        for (name, value) in &headers {
            if !matches!(
                *name,
                header::CONTENT_TYPE
                    | header::CONTENT_LENGTH
                    | header::CONTENT_ENCODING
                    | header::ETAG
            ) {
                rendered.headers_mut().append(name.clone(), value.clone());
            }
        }
        extensions.insert(Arc::clone(&error));
        *rendered.extensions_mut() = extensions;
        rendered
    }

    /// The redirect to the sign-in, if that is what the client, a browser, needs and the application has one.
    #[cfg(feature = "views")]
    fn sign_in(&self, error: &Error, errors: &Errors) -> Option<Response> {
        let reader = self.reader.as_ref()?;
        let (status, name, location) =
            errors
                .sign_in
                .detour(error, &self.method, self.uri, reader)?;
        Some((status, [(name, location)]).into_response())
    }

    /// The error page, if the client is a browser and the application has one for the status, or for all: `errors/404.html`,
    /// `errors/error.html`. One that cannot be rendered must not hide the error.
    #[cfg(feature = "views")]
    async fn page(
        &self,
        error: &Error,
        problem: &Problem<'_>,
        errors: &Errors,
    ) -> Option<Response> {
        let reader = self.reader.as_ref()?;
        let (mut page, is_document) = match (&errors.developed, &self.developer) {
            (Some(ctx), Some(method)) if error.status().is_server_error() => {
                let path = self.uri.path();
                let request = devtools::FailedRequest {
                    method,
                    path,
                    has_htmx: reader.has_htmx(),
                };
                let page = devtools::failure(ctx, request, error, problem).await;
                (page, true)
            }
            _ => self.own_page(reader, problem, errors).await?,
        };
        if reader.has_htmx() {
            fragment::vary(page.headers_mut());
        }
        if is_document && reader.wants_fragment() {
            fragment::replace_page(page.headers_mut());
        }
        Some(page)
    }

    /// The error page of the application, and whether it is a whole document.
    #[cfg(feature = "views")]
    async fn own_page(
        &self,
        reader: &page::Reader,
        problem: &Problem<'_>,
        errors: &Errors,
    ) -> Option<(Response, bool)> {
        let engine = errors.engine.as_ref()?;
        let own = format!("errors/{}.html", problem.status);
        let mut templates = [own.as_str(), "errors/error.html"].into_iter();
        let template = templates.find(|template| engine.has(template))?;
        let scene = page::scene(engine, &errors.environment, self.uri, reader);
        match engine.render_problem(template, problem, &scene) {
            Ok(mut html) => {
                if let (Some(method), false) = (&self.developer, reader.has_htmx()) {
                    let script = devtools::script(Some(engine.clone()), method).await;
                    html.push_str(&script.into_string());
                }
                let status = StatusCode::from_u16(problem.status).unwrap_or_default();
                let is_document = fragment::is_document(&html);
                Some(((status, Html(html)).into_response(), is_document))
            }
            Err(error) => {
                tracing::error!(template, error = %error, "the error page cannot be rendered");
                None
            }
        }
    }
}

/// Makes an [`Error`] from a response that none of our handlers made, or returns the response if it has a body that was chosen
/// with care (JSON, HTML, an image).
async fn adopt(
    response: Response,
) -> Result<(Arc<Error>, HeaderMap, http::Extensions), Box<Response>> {
    let is_text = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|media_type| media_type.as_bytes().starts_with(b"text/plain"));
    if !is_text || response.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(Box::new(response));
    }
    let (parts, body) = response.into_parts();
    let mut error = Error::from_status(parts.status);
    if let Some(text) = short_text(body).await
        && parts.status != StatusCode::INTERNAL_SERVER_ERROR
    {
        error = error.detail(text);
    }
    Ok((Arc::new(error), parts.headers, parts.extensions))
}

async fn short_text(body: Body) -> Option<String> {
    let bytes = axum::body::to_bytes(body, MAX_TEXT).await.ok()?;
    let text = String::from_utf8(bytes.into()).ok()?;
    (!text.is_empty()).then_some(text)
}

/// Logs a server error with its causes. Client errors are in the access log.
fn log(error: &Error) {
    let (status, code) = (error.status().as_u16(), error.code());
    if error.status() == StatusCode::SERVICE_UNAVAILABLE {
        tracing::warn!(
            status,
            code,
            cause = error.chain(),
            at = %error.place(),
            "request refused for now"
        );
    } else if error.status().is_server_error() {
        tracing::error!(
            status,
            code,
            cause = error.chain(),
            at = %error.place(),
            "request failed"
        );
    }
}
