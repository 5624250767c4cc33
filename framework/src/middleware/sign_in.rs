//! The way from a page that needs a sign-in to the page that signs people in, and back.

use http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use url::form_urlencoded;

use crate::{controller::page::Reader, error::Error};

/// The codes of errors that a sign-in repairs.
const REPAIRED: [&str; 3] = [
    "unauthorized",
    "invalid_credential",
    "reauthentication_required",
];

/// The header by which htmx goes to another page. It does not see a redirect, which the browser follows for it.
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");

/// The status and the header by which the browser goes to the sign-in, at `sign_in`, in place of the page of an error.
///
/// A page that was asked for is named as `next`, from which the sign-in leads back; a form that was sent could not be sent again.
pub(super) fn detour(
    sign_in: &str,
    error: &Error,
    method: &Method,
    uri: &Uri,
    reader: &Reader,
) -> Option<(StatusCode, HeaderName, HeaderValue)> {
    let is_repaired =
        error.status() == StatusCode::UNAUTHORIZED && REPAIRED.contains(&error.code());
    if !is_repaired || uri.path() == sign_in {
        return None;
    }
    let next = uri
        .path_and_query()
        .filter(|_| method.is_safe() && !reader.wants_fragment());
    let location = match next {
        Some(next) => {
            let next: String = form_urlencoded::byte_serialize(next.as_str().as_bytes()).collect();
            HeaderValue::try_from(format!("{sign_in}?next={next}"))
        }
        None => HeaderValue::try_from(sign_in),
    };
    let location = location.ok()?;
    Some(if reader.has_htmx() {
        (error.status(), HX_REDIRECT, location)
    } else {
        (StatusCode::SEE_OTHER, header::LOCATION, location)
    })
}
