//! The description of what callers show.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{auth::sessions::SECOND_FACTOR_REQUIRED, openapi::Operation};

/// A kind of credential, as the description of the API names it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scheme {
    Session,
    Bearer,
    ApiKey,
}

impl Scheme {
    pub(super) const ALL: [Self; 3] = [Self::Session, Self::Bearer, Self::ApiKey];
    pub(super) const OF_PEOPLE: [Self; 2] = [Self::Session, Self::Bearer];

    fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Bearer => "bearer",
            Self::ApiKey => "api_key",
        }
    }

    fn describe(self) -> Value {
        match self {
            Self::Session => json!({ "type": "apiKey", "in": "cookie", "name": "__Host-session" }),
            Self::Bearer => json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" }),
            Self::ApiKey => json!({ "type": "http", "scheme": "bearer", "bearerFormat": "fwk_…" }),
        }
    }
}

/// Describes a rule that one of several credentials satisfies, with a permission if it needs one.
pub(super) fn describe(
    operation: &mut Operation<'_>,
    schemes: &[Scheme],
    permission: Option<&str>,
) {
    let scopes = permission.map(str::to_owned);
    let described = schemes
        .iter()
        .map(|scheme| (scheme.name(), scheme.describe()));
    operation.secured_by_one_of(described, scopes);
    operation.problem(StatusCode::UNAUTHORIZED, "unauthorized");
    operation.problem(StatusCode::UNAUTHORIZED, "invalid_credential");
    if permission.is_some() {
        operation.standard_problem(StatusCode::FORBIDDEN);
        operation.problem(StatusCode::FORBIDDEN, SECOND_FACTOR_REQUIRED);
    }
    let takes_cookies = schemes
        .iter()
        .any(|scheme| matches!(scheme, Scheme::Session));
    if takes_cookies && !operation.method().is_safe() {
        operation.problem(StatusCode::FORBIDDEN, "cross_origin");
    }
}
