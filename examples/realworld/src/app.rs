//! The table of contents of the application.

use fw::{
    axum::{middleware::map_response, response::Response},
    http::{HeaderValue, header},
    prelude::*,
};

use crate::errors::ErrorBody;

/// The application.
pub struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        env!("CARGO_PKG_NAME")
    }

    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    fn migrations() -> Vec<Migration> {
        crate::migrations::all()
    }

    fn routes() -> Routes {
        Routes::at("/api")
            .merge(crate::users::routes())
            .merge(crate::profiles::routes())
            .merge(crate::articles::routes())
            .merge(crate::comments::routes())
            .merge(crate::tags::routes())
    }

    fn tasks() -> Tasks {
        Tasks::new()
    }

    fn middleware(stack: Stack) -> Stack {
        stack.layer("charset", map_response(name_charset))
    }

    fn error_format() -> ErrorFormat {
        ErrorFormat::json::<ErrorBody>().media_type(JSON)
    }
}

/// The media type of the specification. JSON has no other charset, so its own name does without one.
const JSON: &str = "application/json; charset=utf-8";

async fn name_charset(mut response: Response) -> Response {
    let media_type = response.headers_mut().get_mut(header::CONTENT_TYPE);
    if let Some(media_type) = media_type.filter(|media_type| *media_type == "application/json") {
        *media_type = HeaderValue::from_static(JSON);
    }
    response
}
