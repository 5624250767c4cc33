//! The credential of a request: exactly one counts.

use http::{HeaderMap, HeaderValue, header, request::Parts};
use sea_orm::prelude::Uuid;

use super::{context::AuthContext, problem};
use crate::{
    auth::{
        Tokens,
        sessions::{Credential, Received, received},
    },
    context::AppContext,
    error::Result,
};

/// A credential, with the account that a token names.
pub(super) struct Shown {
    pub(super) credential: Credential,
    pub(super) subject: Option<String>,
}

/// The credential of a request. The header `Authorization` counts before the cookie, also if it is of no use: two credentials could be
/// those of two people.
///
/// `scheme` is that of access tokens, besides `Bearer`. Fails with 401 if there is none that is well-formed, and with 403 for a request with a
/// cookie that may come from a page of another site.
pub(super) fn of(parts: &Parts, ctx: &AppContext, scheme: &str) -> Result<Shown> {
    if parts.headers.contains_key(header::AUTHORIZATION) {
        let bearer = token(&parts.headers, scheme)
            .and_then(|token| ctx.get::<Tokens>()?.verify(token))
            .ok_or_else(problem::invalid_credential)?;
        let session: Uuid = bearer.session;
        return Ok(Shown {
            credential: Credential::Token(session),
            subject: Some(bearer.subject),
        });
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
                subject: None,
            })
        }
    }
}

/// The token of the header `Authorization`, if that is there once and its scheme is this one or `Bearer`.
fn token<'h>(headers: &'h HeaderMap, scheme: &str) -> Option<&'h str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (sent, token) = HeaderValue::to_str(value).ok()?.split_once(' ')?;
    let is_known = ["bearer", scheme]
        .iter()
        .any(|known| sent.eq_ignore_ascii_case(known));
    is_known.then_some(token)
}

/// Returns whether a request says which page has sent it, which the middleware for requests of other origins has checked then.
fn tells_its_origin(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN)
}
