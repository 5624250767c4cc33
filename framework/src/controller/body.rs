//! Reading of request bodies of an expected media type.

use std::error::Error as StdError;

use axum::{body::Bytes, extract::Request};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError};

use super::{
    media_type::{MediaType, elements},
    urlencoded,
};
use crate::error::Error;

/// Returns an error (415) unless the body is declared as JSON: `application/json`, or anything that ends in `+json`.
pub(super) fn expect_json(headers: &HeaderMap) -> Result<(), Error> {
    const JSON: &str = "application/json";
    expect(headers, JSON, |found| {
        found.eq_ignore_ascii_case(JSON) || found.to_ascii_lowercase().ends_with("+json")
    })
}

/// Returns an error (415) unless the body is declared as a form.
fn expect_form(headers: &HeaderMap) -> Result<(), Error> {
    const FORM: &str = "application/x-www-form-urlencoded";
    expect(headers, FORM, |found| found.eq_ignore_ascii_case(FORM))
}

/// Checks that the body is as it is read: not compressed, of the media type, and of its charset. Only UTF-8 is accepted: JSON has no other charset (RFC 8259, section 8.1), and
/// neither have forms.
fn expect(
    headers: &HeaderMap,
    expected: &str,
    is_expected: impl Fn(&str) -> bool,
) -> Result<(), Error> {
    expect_plain(headers)?;
    let refused = || Error::unsupported_media_type(expected);
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(refused());
    };
    // As almost every client writes it.
    if value == expected {
        return Ok(());
    }
    let value = value.to_str().map_err(|_| refused())?;
    let media_type = MediaType::parse(value)
        .filter(|media_type| is_expected(media_type.essence))
        .ok_or_else(refused)?;
    if media_type
        .parameter("charset")
        .all(|charset| charset.eq_ignore_ascii_case("utf-8"))
    {
        Ok(())
    } else {
        Err(refused().detail("the charset of the body must be `utf-8`"))
    }
}

/// Returns an error (415) if the body is encoded, such as with `gzip`, with a header that tells the client what is accepted
/// (RFC 9110, sections 12.5.3 and 15.5.16).
fn expect_plain(headers: &HeaderMap) -> Result<(), Error> {
    const IDENTITY: &str = "identity";
    if !headers.contains_key(header::CONTENT_ENCODING) {
        return Ok(());
    }
    let lines = headers.get_all(header::CONTENT_ENCODING);
    let is_plain = lines.iter().all(|line| line.to_str().is_ok())
        && elements(headers, header::CONTENT_ENCODING)
            .all(|coding| coding.eq_ignore_ascii_case(IDENTITY));
    if is_plain {
        return Ok(());
    }
    Err(Error::from_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        .detail("the body must not be compressed: `content-encoding` must be absent or `identity`")
        .header(header::ACCEPT_ENCODING, HeaderValue::from_static(IDENTITY)))
}

/// Reads the entire body. Its maximum length is enforced by the middleware `body_limit`, which cuts off longer ones.
pub(super) async fn read(request: Request) -> Result<Bytes, Error> {
    match request.into_body().collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if is_too_long(&error) => Err(Error::from_status(StatusCode::PAYLOAD_TOO_LARGE)
            .detail("the body is larger than this server accepts")),
        Err(error) => Err(Error::malformed_body("the body ended too early").source(error)),
    }
}

/// Reads a form: its names and values, in their order.
pub(super) async fn read_form(request: Request) -> Result<Vec<(String, String)>, Error> {
    expect_form(request.headers())?;
    let bytes = read(request).await?;
    urlencoded::parse(&bytes, |name| format!("/{name}")).map_err(Error::validation)
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
