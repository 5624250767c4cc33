//! `[openapi]`: the description of the API.

use serde::{Deserialize, Serialize};

use super::Checks;
use crate::env::Environment;

/// `[openapi]`: where the description of the API and its page are served. Needs the feature `openapi`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenapiConfig {
    /// Whether they are served. Default true; false in production.
    pub enabled: bool,
    /// The path of the description. Default `/openapi.json`.
    pub path: String,
    /// The path of the page on which people read and try it. Default `/docs`.
    pub docs_path: String,
}

impl Default for OpenapiConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            path: "/openapi.json".to_owned(),
            docs_path: "/docs".to_owned(),
        }
    }
}

impl OpenapiConfig {
    /// The defaults of an environment: in production, nobody is shown around unasked.
    pub fn defaults(environment: &Environment) -> Self {
        Self {
            enabled: !environment.is_production(),
            ..Self::default()
        }
    }

    pub(super) fn check(&self, checks: &mut Checks) {
        const EXPECTED: &str = "a path of plain characters that starts with `/`, such as `/docs`";
        let is_path = |path: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
            path.len() > 1
                && path.starts_with('/')
                && !path.starts_with("/health/")
                && !path.ends_with('/')
                && path.chars().all(plain)
        };
        for (key, path) in [
            ("openapi.path", &self.path),
            ("openapi.docs_path", &self.docs_path),
        ] {
            if !is_path(path) {
                checks.wrong(key, EXPECTED, format!("`{path}`"));
            }
        }
        if self.path == self.docs_path || self.path.starts_with(&format!("{}/", self.docs_path)) {
            checks.wrong(
                "openapi.docs_path",
                "a path that `openapi.path` is not at or below",
                format!("`{}`", self.path),
            );
        }
    }
}
