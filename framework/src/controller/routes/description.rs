//! The OpenAPI description of routes.

use http::StatusCode;

#[cfg(feature = "openapi")]
use super::{Entry, Routes};
#[cfg(feature = "openapi")]
use crate::{
    config::OpenapiConfig,
    openapi::{About, ErrorFormat, Operation},
};

/// The parts of a route that only its description needs.
#[derive(Clone, Default)]
pub(super) struct Description {
    pub(super) summary: Option<String>,
    pub(super) problems: Vec<(StatusCode, String)>,
}

#[cfg(feature = "openapi")]
impl Entry {
    fn describe(&self, deprecated: bool, operation: &mut Operation<'_>) {
        (self.handler.describe)(operation);
        for (status, code) in &self.description.problems {
            operation.problem(*status, code.clone());
        }
        if self.info.idempotent {
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
            operation.problem(StatusCode::TOO_MANY_REQUESTS, "too_many_idempotency_keys");
            operation.every_response_header(
                "Idempotency-Replayed",
                "`true` if the response is that to an earlier request",
            );
        }
        if deprecated {
            for (name, about) in DEPRECATION_HEADERS {
                operation.every_response_header(name, about);
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
    pub fn describe(&self, name: &str, version: &str) -> serde_json::Value {
        let config = OpenapiConfig::default();
        self.describe_as(&About {
            name,
            version,
            config: &config,
            errors: &ErrorFormat::default(),
        })
    }

    /// The pages of these routes, to be probed.
    #[cfg(feature = "views")]
    pub(crate) fn pages(&self) -> Vec<crate::view::Probed> {
        let of_routes = self
            .entries
            .iter()
            .flat_map(|entry| crate::openapi::pages(|operation| entry.describe(false, operation)));
        let probed = of_routes.map(|page| crate::view::Probed {
            template: page.template.to_owned(),
            schema: page.schema,
            scene: crate::view::ProbedScene::Page {
                fragment: page.fragment,
            },
        });
        probed.collect()
    }

    /// The description of these routes with what the configuration says of the API.
    pub(crate) fn describe_as(&self, about: &About<'_>) -> serde_json::Value {
        let routes: Vec<_> = self
            .entries
            .iter()
            .filter(|entry| entry.switch.is_none() && !entry.handler.links().is_for_browsers)
            .map(|entry| {
                let deprecated = entry.deprecation.is_some() || self.deprecation.is_some();
                crate::openapi::Described {
                    method: entry.info.method,
                    path: &entry.info.path,
                    handler: entry.info.handler,
                    summary: entry.description.summary.as_deref(),
                    deprecated,
                    media_types: entry.handler.media_types,
                    describe: Box::new(move |operation| entry.describe(deprecated, operation)),
                }
            })
            .collect();
        crate::openapi::document(about, &routes)
    }
}
