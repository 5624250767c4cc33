//! The access rule of the board: that of the application, on a board that is switched on, for requests of its own pages.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Uri, header, request::Parts};

use crate::{
    context::AppContext,
    controller::{Access, fallback},
    error::Error,
    openapi::Operation,
};

/// A visitor of the board, whom the access type `A` lets in.
pub(super) struct Visitor<A>(A);

impl<A: Access> Access for Visitor<A> {
    const READS_QUERY: bool = A::READS_QUERY;

    fn rule() -> String {
        A::rule()
    }

    fn caller(&self) -> Option<String> {
        self.0.caller()
    }

    fn describe(operation: &mut Operation<'_>) {
        A::describe(operation);
    }
}

impl<A: Access> FromRequestParts<AppContext> for Visitor<A> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self, Response> {
        // A server has no such route then, but an application may have built a router by itself.
        if !ctx.config.jobs.board {
            return Err(fallback(&parts.method, parts.uri.path()));
        }
        let visitor = A::from_request_parts(parts, ctx).await;
        let visitor = visitor.map_err(IntoResponse::into_response)?;
        if !parts.method.is_safe() && !is_own(&parts.headers, &parts.uri) {
            let refusal = Error::forbidden().detail(
                "only the pages of the board itself may send this; a proxy must pass the header `Host` on",
            );
            return Err(refusal.into_response());
        }
        Ok(Self(visitor))
    }
}

/// Returns true if a browser says that a page of this origin has sent the request. Another site could otherwise send a form with what the
/// browser adds by itself, such as a cookie.
///
/// Browsers send `Sec-Fetch-Site` to a server that they trust, by HTTPS or on the same machine, and `Origin` to any.
fn is_own(headers: &HeaderMap, uri: &Uri) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let text = |name| headers.get(name)?.to_str().ok();
    let host = uri
        .authority()
        .map_or_else(|| text(header::HOST), |authority| Some(authority.as_str()));
    let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://"));
    match (origin, host) {
        (Some((_, origin)), Some(host)) => !host.is_empty() && origin.eq_ignore_ascii_case(host),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue, header};

    use super::*;

    #[test]
    fn only_pages_of_the_same_origin_are_its_own() {
        let site = HeaderName::from_static("sec-fetch-site");
        let (origin, host) = (header::ORIGIN, header::HOST);
        for (expected, headers) in [
            (true, vec![(&site, "same-origin")]),
            (true, vec![(&site, "same-origin"), (&origin, "null")]),
            (false, vec![(&site, "same-site")]),
            (false, vec![(&site, "cross-site")]),
            (false, vec![(&site, "none")]),
            (
                false,
                vec![(&site, "cross-site"), (&origin, "http://a"), (&host, "a")],
            ),
            (true, vec![(&origin, "http://a:3000"), (&host, "a:3000")]),
            (
                true,
                vec![(&origin, "https://A.example"), (&host, "a.example")],
            ),
            (false, vec![(&origin, "http://a:3001"), (&host, "a:3000")]),
            (false, vec![(&origin, "http://a.b"), (&host, "a")]),
            (false, vec![(&origin, "null"), (&host, "a")]),
            (false, vec![(&origin, "http://"), (&host, "")]),
            (false, vec![(&host, "a")]),
            (false, vec![]),
        ] {
            let map: HeaderMap = headers
                .iter()
                .map(|(name, value)| ((*name).clone(), HeaderValue::from_static(value)))
                .collect();
            assert_eq!(is_own(&map, &Uri::from_static("/x")), expected, "{map:?}");
        }
    }
}
