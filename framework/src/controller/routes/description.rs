//! What the description of the API says about routes.

use http::StatusCode;

#[cfg(feature = "openapi")]
use super::Routes;
use crate::{
    controller::{Arguments, Endpoint},
    openapi::{Operation, Output},
};

/// What is known of one route besides where it is.
#[cfg_attr(
    not(feature = "openapi"),
    expect(dead_code, reason = "nothing reads it then")
)]
pub(super) struct Description {
    /// Adds what the types of the handler say.
    describe: fn(&mut Operation<'_>),
    pub(super) media_types: &'static [&'static str],
    pub(super) summary: Option<String>,
    pub(super) problems: Vec<(StatusCode, String)>,
    pub(super) deprecated: bool,
}

impl Description {
    pub(super) fn of<H: Endpoint<T, Answer: Output>, T: Arguments>() -> Self {
        Self {
            describe: |operation| {
                T::describe(operation);
                H::Answer::describe(operation);
            },
            media_types: H::Answer::MEDIA_TYPES,
            summary: None,
            problems: Vec::new(),
            deprecated: false,
        }
    }

    #[cfg(feature = "openapi")]
    fn add_to(&self, idempotent: bool, operation: &mut Operation<'_>) {
        (self.describe)(operation);
        for (status, code) in &self.problems {
            operation.problem(*status, code.clone());
        }
        if idempotent {
            use crate::openapi::{Location, Parameter};

            let schema = serde_json::json!({ "type": "string", "pattern": PATTERN });
            operation.parameter(
                Parameter::new(Location::Header, "Idempotency-Key", schema).description(
                    "A new UUID for each request; the same one when the request is repeated",
                ),
            );
            operation.problem(StatusCode::BAD_REQUEST, "invalid_idempotency_key");
            // The body is read to compare it, whether or not the handler does.
            operation.problem(StatusCode::BAD_REQUEST, "malformed_body");
            operation.standard_problem(StatusCode::PAYLOAD_TOO_LARGE);
            operation.problem(StatusCode::CONFLICT, "idempotency_key_in_use");
            operation.problem(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused");
            operation.every_answer_header(
                "Idempotency-Replayed",
                "`true` when the request was answered before",
            );
        }
        if self.deprecated {
            for (name, about) in DEPRECATION_HEADERS {
                operation.every_answer_header(name, about);
            }
        }
    }
}

/// Visible ASCII characters, with or without quotes around them.
#[cfg(feature = "openapi")]
const PATTERN: &str = r#"^([!#-~]{1,255}|"[!#-\[\]-~]{1,255}")$"#;

#[cfg(feature = "openapi")]
const DEPRECATION_HEADERS: [(&str, &str); 3] = [
    (
        "Deprecation",
        "Since when the operation is deprecated (RFC 9745)",
    ),
    ("Sunset", "When the operation will be gone (RFC 8594)"),
    ("Link", "What to do about it"),
];

#[cfg(feature = "openapi")]
impl Routes {
    /// The description of these routes: an OpenAPI 3.1 document.
    pub fn describe(&self, title: &str, version: &str) -> serde_json::Value {
        let routes: Vec<_> = self
            .routes
            .iter()
            .map(|route| crate::openapi::Described {
                method: route.info.method,
                path: &route.info.path,
                handler: route.info.handler,
                summary: route.description.summary.as_deref(),
                deprecated: route.description.deprecated,
                media_types: route.description.media_types,
                describe: Box::new(|operation| {
                    route.description.add_to(route.info.idempotent, operation);
                }),
            })
            .collect();
        crate::openapi::document(title, version, &routes)
    }
}
