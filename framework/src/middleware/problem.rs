//! Middleware that renders errors as `application/problem+json` (RFC 9457) and logs them.
//!
//! Every response with a status of 400 or more leaves as a problem: those made from an [`Error`](crate::Error), which is in
//! their extensions, and those that axum or a tower layer made on its own (unknown path, wrong method, a rejected
//! extractor).

use std::{borrow::Cow, sync::Arc};

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderMap, StatusCode, Uri, header};

use super::{RequestId, head};
use crate::error::Error;

/// The longest text of a foreign layer's response that is repeated in the problem's detail, in bytes.
const MAX_TEXT: usize = 1024;

/// The properties of a request that the rendering of its error depends on.
pub(super) struct Rendering {
    id: Option<RequestId>,
    uri: Uri,
    is_head: bool,
}

impl Rendering {
    /// Prepares the rendering. From here on inwards, a `HEAD` request is a `GET` request.
    pub(super) fn of(request: &mut Request) -> Self {
        Self {
            id: request.extensions().get::<RequestId>().cloned(),
            uri: request.uri().clone(),
            is_head: head::as_get(request),
        }
    }

    /// Renders the final response. With `verbose` clients see the chain of causes.
    pub(super) async fn finish(&self, mut response: Response, verbose: bool) -> Response {
        if response.status().as_u16() >= 400 {
            response = Box::pin(render(response, &self.uri, self.id.as_ref(), verbose)).await;
        }
        if self.is_head {
            response = head::head_of(response);
        }
        response
    }
}

async fn render(response: Response, uri: &Uri, id: Option<&RequestId>, verbose: bool) -> Response {
    let (error, headers, mut extensions) = match response.extensions().get::<Arc<Error>>().cloned()
    {
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
    problem.instance = Some(uri.path());
    problem.request_id = id.map(RequestId::as_str);
    if error.status().is_server_error() && verbose {
        problem.detail = Some(Cow::Owned(error.chain()));
    }
    let mut rendered = problem.to_response();
    for (name, value) in &headers {
        if !matches!(
            *name,
            header::CONTENT_TYPE | header::CONTENT_LENGTH | header::CONTENT_ENCODING | header::ETAG
        ) {
            rendered.headers_mut().append(name.clone(), value.clone());
        }
    }
    extensions.insert(Arc::clone(&error));
    *rendered.extensions_mut() = extensions;
    rendered
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
            "request refused for now"
        );
    } else if error.status().is_server_error() {
        tracing::error!(status, code, cause = error.chain(), "request failed");
    }
}
