//! Reads the body of a request, if it is of the right media type.

use std::error::Error as StdError;

use axum::{body::Bytes, extract::Request};
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError};

use crate::error::Error;

/// The media type of a request, without parameters.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

/// 415 unless the request says that its body is JSON: `application/json`, or anything that ends in `+json`.
pub(super) fn expect_json(headers: &HeaderMap) -> Result<(), Error> {
    match media_type(headers) {
        Some(media_type) if media_type == "application/json" || media_type.ends_with("+json") => {
            Ok(())
        }
        _ => Err(Error::unsupported_media_type("application/json")),
    }
}

/// 415 unless the request says that its body is a form.
pub(super) fn expect_form(headers: &HeaderMap) -> Result<(), Error> {
    const FORM: &str = "application/x-www-form-urlencoded";
    match media_type(headers) {
        Some(media_type) if media_type == FORM => Ok(()),
        _ => Err(Error::unsupported_media_type(FORM)),
    }
}

/// The whole body. How long it may be is decided by the middleware `body_limit`, which cuts off what is longer.
pub(super) async fn read(request: Request) -> Result<Bytes, Error> {
    match request.into_body().collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if is_too_long(&error) => Err(Error::from_status(StatusCode::PAYLOAD_TOO_LARGE)
            .detail("the body is larger than this server accepts")),
        Err(error) => Err(Error::malformed_body("the body ended too early").source(error)),
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}
