//! The error responses to those who may not call (RFC 6750, RFC 9470).

use http::{HeaderValue, StatusCode, header};

use crate::error::Error;

/// 401 `unauthorized`: there is no credential.
#[track_caller]
pub(super) fn unauthorized() -> Error {
    const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer");
    Error::unauthorized().header(header::WWW_AUTHENTICATE, CHALLENGE)
}

/// 401 `invalid_credential`: the response to a credential that does not count, such as a refresh token that was used. It does not say why.
///
/// ```
/// assert_eq!(fw::auth::invalid_credential().code(), "invalid_credential");
/// ```
#[track_caller]
pub fn invalid_credential() -> Error {
    const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer error=\"invalid_token\"");
    Error::new(StatusCode::UNAUTHORIZED, "invalid_credential")
        .detail("the session, token or API key is not valid, or not any more")
        .header(header::WWW_AUTHENTICATE, CHALLENGE)
}

/// 401 `reauthentication_required`: the sign-in is too long ago.
#[track_caller]
pub(super) fn reauthentication_required(max_age: u64) -> Error {
    let challenge = format!("Bearer error=\"insufficient_user_authentication\", max_age={max_age}");
    let error = Error::new(StatusCode::UNAUTHORIZED, REAUTHENTICATION_REQUIRED)
        .detail("please confirm who you are, and send the request again");
    match HeaderValue::try_from(challenge) {
        Ok(challenge) => error.header(header::WWW_AUTHENTICATE, challenge),
        Err(_) => error,
    }
}

pub(super) const REAUTHENTICATION_REQUIRED: &str = "reauthentication_required";

/// 403 `forbidden`: the account lacks a permission.
#[track_caller]
pub(super) fn insufficient_scope(permission: &str) -> Error {
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{permission}\"");
    match HeaderValue::try_from(challenge) {
        Ok(challenge) => Error::forbidden().header(header::WWW_AUTHENTICATE, challenge),
        Err(_) => Error::forbidden(),
    }
}

/// 403 `forbidden`: a person has to be signed in.
#[track_caller]
pub(super) fn not_for_api_keys() -> Error {
    Error::forbidden().detail("an API key cannot do this: a person has to sign in")
}

/// 403 `forbidden`: it takes an API key.
#[track_caller]
pub(super) fn only_for_api_keys() -> Error {
    Error::forbidden().detail("this takes an API key")
}

/// 403 `cross_origin`: a request with a session cookie does not say which page has sent it.
#[track_caller]
pub(super) fn cross_origin() -> Error {
    Error::new(StatusCode::FORBIDDEN, "cross_origin").detail(
        "a request with a session cookie that changes something needs the header `Sec-Fetch-Site` or `Origin`, as browsers send them",
    )
}
