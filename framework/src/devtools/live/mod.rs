//! Live reload: pages in a browser follow the files that they are made of, and show when a build has failed.
//!
//! A script that is added to each page listens to [events]. A changed template or message has it load the page again, a changed style sheet
//! only has it take that; so does a new process, which `cargo fw start --watch` starts when code has changed.

mod events;

pub(super) use self::events::events;
use self::events::origin;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use http::{Method, header};

use crate::{
    context::AppContext,
    controller::{developer, fragment},
    error::Error,
    markup::{Html, put},
    view::Engine,
};

/// The script.
pub(super) const SCRIPT: &str = include_str!("live.js");
/// Its style sheet.
pub(super) const STYLE: &str = include_str!("live.css");

/// The largest page that the script is added to, in bytes. Larger ones are sent as they are.
const MAX_PAGE: usize = 8 * 1024 * 1024;

/// The path of the pages for developers, which are as they are.
const OWN: &str = "/_fw/";

/// Adds the script to the pages of routes, where pages for developers are served.
pub(crate) fn following(routes: Router, ctx: &AppContext) -> Router {
    if developer::are_pages_served(&ctx.config) {
        routes.layer(from_fn_with_state(ctx.get().cloned(), follow))
    } else {
        routes
    }
}

async fn follow(State(engine): State<Option<Engine>>, request: Request, next: Next) -> Response {
    // The page that htmx changes has the script already.
    let is_followed = !request.uri().path().starts_with(OWN)
        && !fragment::is_of_htmx(request.headers())
        && developer::is_on_this_machine(request.uri(), request.headers());
    if !is_followed {
        return next.run(request).await;
    }
    let script = script(engine, request.method()).await.into_string();
    let response = next.run(request).await;
    if is_page(&response) {
        with_script(response, &script).await
    } else {
        response
    }
}

/// Returns whether a response is a page of the application. One with a policy of its own is not: it may permit no script.
fn is_page(response: &Response) -> bool {
    let headers = response.headers();
    let media_type = headers.get(header::CONTENT_TYPE);
    media_type.is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
        && !headers.contains_key(header::CONTENT_ENCODING)
        && !headers.contains_key(header::CONTENT_SECURITY_POLICY)
}

/// Adds the script to a page.
async fn with_script(response: Response, script: &str) -> Response {
    use axum::{body::HttpBody, response::IntoResponse};

    let size = response.body().size_hint().upper();
    if size.is_none_or(|size| size > MAX_PAGE as u64) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    match to_bytes(body, MAX_PAGE).await {
        Ok(page) => {
            parts.headers.remove(header::CONTENT_LENGTH);
            let mut page = page.to_vec();
            page.extend_from_slice(script.as_bytes());
            Response::from_parts(parts, Body::from(page))
        }
        Err(error) => Error::internal(error).into_response(),
    }
}

/// The element that loads the script, for a page that responds to a request with this method. It is made before the page and names what
/// makes that, so that nothing is missed which changes before the page listens. It comes after the end of the page, where browsers take it for
/// the last one of its body: to look for a better place would be to parse the page.
pub(crate) async fn script(engine: Option<Engine>, method: &Method) -> Html {
    let (process, files) = origin(engine).await;
    let mut script = Html::default();
    put!(
        script,
        "<script src=\"/_fw/live.js\" defer data-process=\"",
        process,
        "\" data-files=\"",
        files,
        "\""
    );
    // To load the response to a form again is to send the form again.
    if !matches!(*method, Method::GET | Method::HEAD) {
        script.markup(" data-keep");
    }
    script.markup("></script>\n");
    script
}
