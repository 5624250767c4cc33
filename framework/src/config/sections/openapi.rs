//! The section `[openapi]`: the OpenAPI description.

use serde::{Deserialize, Serialize};

use super::{Checks, Section};
use crate::env::Environment;

/// The section `[openapi]`: the paths of the OpenAPI description and of its page.
///
/// Without the Cargo feature `openapi` nothing is served, and `enabled = true` is an error that names the feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenapiConfig {
    /// True if the description and its page are served; needs the feature `openapi`. Default true with that feature; in production `false`.
    pub enabled: bool,
    /// The path of the description. Default `/openapi.json`.
    pub path: String,
    /// The path of the page on which people read and try it. Default `/docs`.
    pub docs_path: String,
}

const IS_COMPILED: bool = cfg!(feature = "openapi");

impl Default for OpenapiConfig {
    fn default() -> Self {
        Self {
            enabled: IS_COMPILED,
            path: "/openapi.json".to_owned(),
            docs_path: "/docs".to_owned(),
        }
    }
}

impl Section for OpenapiConfig {
    /// The defaults: in production nothing is served.
    fn defaults(environment: &Environment) -> Self {
        Self {
            enabled: IS_COMPILED && !environment.is_production(),
            ..Self::default()
        }
    }

    fn check(&self, checks: &mut Checks) {
        const EXPECTED: &str = "a path of plain characters that starts with `/`, such as `/docs`";

        if self.enabled && !IS_COMPILED {
            checks.feature("openapi.enabled", "openapi");
        }
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

#[cfg(test)]
mod tests {
    use crate::config::Loader;

    #[test]
    fn the_section_can_be_written_without_the_feature() {
        let load = |name: &str, value: &str| {
            Loader::new("/nowhere")
                .vars([("DATABASE_URL", "sqlite::memory:"), (name, value)])
                .load()
        };
        let config = load("FW_OPENAPI__DOCS_PATH", "/help").unwrap();
        assert_eq!(config.openapi.enabled, cfg!(feature = "openapi"));
        assert!(
            !load("FW_OPENAPI__ENABLED", "false")
                .unwrap()
                .openapi
                .enabled
        );
        match load("FW_OPENAPI__ENABLED", "true") {
            Ok(config) => assert!(config.openapi.enabled && cfg!(feature = "openapi")),
            Err(error) => assert_eq!(
                error.to_string(),
                "environment variable `FW_OPENAPI__ENABLED`: `openapi.enabled` needs the feature `openapi`, which this \
                 application is built without\n  hint: add `openapi` to the features of `framewright` in `Cargo.toml`, or \
                 remove the setting"
            ),
        }
    }
}
