//! Requests of [htmx](https://htmx.org) for a part of a page. The framework needs no htmx: browsers that do not have it get whole pages.

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

const REQUEST: HeaderName = HeaderName::from_static("hx-request");
/// The need that version 4 states: `full` for the body or for a choice among the elements of a page, or else `partial`.
const REQUEST_TYPE: HeaderName = HeaderName::from_static("hx-request-type");
/// A link or a form that replaces the body.
const BOOSTED: HeaderName = HeaderName::from_static("hx-boosted");
/// A page that the browser goes back to.
const RESTORED: HeaderName = HeaderName::from_static("hx-history-restore-request");

/// The headers of a request that tell whether it is one for a part of a page.
pub(super) const HEADERS: [HeaderName; 4] = [REQUEST, REQUEST_TYPE, BOOSTED, RESTORED];

/// Returns whether a request comes from htmx. For a page that the browser goes back to, version 4 says nothing but that.
pub(crate) fn is_of_htmx(headers: &HeaderMap) -> bool {
    is_true(headers, &REQUEST) || is_true(headers, &RESTORED)
}

/// Returns whether a request is one for a part of a page.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let is_partial = match headers.get(REQUEST_TYPE) {
        Some(wanted) => wanted == "partial",
        None => !is_true(headers, &BOOSTED) && !is_true(headers, &RESTORED),
    };
    is_true(headers, &REQUEST) && is_partial
}

fn is_true(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers.get(name).is_some_and(|value| value == "true")
}

/// Says that another request for the same path may get another response.
pub(crate) fn vary(headers: &mut HeaderMap) {
    const NAMES: HeaderValue = HeaderValue::from_static(
        "hx-request, hx-request-type, hx-boosted, hx-history-restore-request",
    );
    headers.append(header::VARY, NAMES);
}

/// Has htmx put a response in the place of the whole page, not into the element that waits for a part of one.
pub(crate) fn replace_page(headers: &mut HeaderMap) {
    const TARGET: HeaderName = HeaderName::from_static("hx-retarget");
    const SWAP: HeaderName = HeaderName::from_static("hx-reswap");

    headers.insert(TARGET, HeaderValue::from_static("body"));
    headers.insert(SWAP, HeaderValue::from_static("innerHTML show:top"));
}

/// Has htmx show the path of a request in the address bar.
pub(super) fn push_path(headers: &mut HeaderMap, uri: &Uri) {
    const PUSH: HeaderName = HeaderName::from_static("hx-push-url");

    let path = uri
        .path_and_query()
        .map(|path| HeaderValue::try_from(path.as_str()));
    if let Some(Ok(path)) = path {
        headers.insert(PUSH, path);
    }
}

/// Returns whether HTML is a whole document.
pub(crate) fn is_document(html: &str) -> bool {
    const START: &str = "<!doctype";

    let start = html.trim_start().get(..START.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(START))
}
