//! The credential of a request: exactly one counts.

use http::{HeaderMap, HeaderValue, header, request::Parts};

use super::{context::AuthContext, problem};
use crate::{
    auth::{
        Tokens,
        api_key::ApiKeyText,
        sessions::{Credential, Received, received},
    },
    context::AppContext,
    error::Result,
};

/// A credential, with what it says of itself.
pub(super) struct Shown {
    pub(super) credential: Credential,
    pub(super) claim: Claim,
}

/// Something that a credential says of itself.
pub(super) enum Claim {
    Nothing,
    /// The account that an access token names.
    Subject(String),
    /// The prefix of an API key.
    Prefix(String),
}

/// The credential of a request. The header `Authorization` counts before the cookie, also if it is of no use: two credentials could be
/// those of two people.
///
/// Fails with 401 if there is none that is well-formed, and with 403 for a request with a cookie that may come from a page of another site.
pub(super) fn of(parts: &Parts, ctx: &AppContext) -> Result<Shown> {
    if parts.headers.contains_key(header::AUTHORIZATION) {
        return bearer(&parts.headers)
            .and_then(|token| of_bearer(token, ctx))
            .ok_or_else(problem::invalid_credential);
    }
    match received(&parts.headers, ctx.sessions().environment()) {
        Received::None => Err(problem::unauthorized()),
        Received::Unusable => Err(problem::invalid_credential()),
        Received::Token(token) => {
            if !parts.method.is_safe() && !tells_its_origin(&parts.headers) {
                return Err(problem::cross_origin());
            }
            Ok(Shown {
                credential: Credential::Cookie(token.hash()),
                claim: Claim::Nothing,
            })
        }
    }
}

/// An API key or an access token; `None` for what is neither.
fn of_bearer(token: &str, ctx: &AppContext) -> Option<Shown> {
    if ApiKeyText::is_meant(token) {
        let key = ApiKeyText::parse(token)?;
        return Some(Shown {
            credential: Credential::ApiKey(key.hash()),
            claim: Claim::Prefix(key.prefix().to_owned()),
        });
    }
    let bearer = ctx.get::<Tokens>()?.verify(token)?;
    Some(Shown {
        credential: Credential::Token(bearer.session),
        claim: Claim::Subject(bearer.subject),
    })
}

/// The token of the header `Authorization`, if that is there once and is one of a bearer.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = HeaderValue::to_str(value).ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// Returns whether a request says which page has sent it, which the middleware for requests of other origins has checked then.
fn tells_its_origin(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN)
}
