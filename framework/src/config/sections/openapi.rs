//! The section `[openapi]`: the OpenAPI description.

use http::Uri;
use serde::{Deserialize, Serialize};

use super::{Checks, Section};
use crate::env::Environment;

/// The section `[openapi]`: the paths of the OpenAPI description and of its page, and what it says of the API as a whole.
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
    /// The title of the API. Default the name of the application.
    pub title: Option<String>,
    /// What the API is for, in [CommonMark](https://commonmark.org); the conventions of all routes follow it. Default none.
    pub description: Option<String>,
    /// The URL of the terms of service. Default none.
    pub terms_of_service: Option<String>,
    /// The base URLs of the servers, such as `https://api.example.com`, the first of which is the usual one. A path stands for the server that
    /// the description comes from. Default `/`.
    pub servers: Vec<String>,
    /// Who answers questions.
    pub contact: OpenapiContactConfig,
    /// The licence of the API.
    pub license: OpenapiLicenseConfig,
}

/// The section `[openapi.contact]`: who answers questions about the API.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenapiContactConfig {
    /// The name of a person or an organization. Default none.
    pub name: Option<String>,
    /// The URL of a page. Default none.
    pub url: Option<String>,
    /// An email address. Default none.
    pub email: Option<String>,
}

/// The section `[openapi.license]`: the licence of the API.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenapiLicenseConfig {
    /// The name of the licence; needed by the others. Default none.
    pub name: Option<String>,
    /// Its [SPDX](https://spdx.org/licenses/) expression, such as `MIT`; not together with `url`. Default none.
    pub identifier: Option<String>,
    /// The URL of its text. Default none.
    pub url: Option<String>,
}

const IS_COMPILED: bool = cfg!(feature = "openapi");

impl Default for OpenapiConfig {
    fn default() -> Self {
        Self {
            enabled: IS_COMPILED,
            path: "/openapi.json".to_owned(),
            docs_path: "/docs".to_owned(),
            title: None,
            description: None,
            terms_of_service: None,
            servers: vec!["/".to_owned()],
            contact: OpenapiContactConfig::default(),
            license: OpenapiLicenseConfig::default(),
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
        self.check_links(checks);
        let OpenapiLicenseConfig {
            name,
            identifier,
            url,
        } = &self.license;
        if name.is_none() && (identifier.is_some() || url.is_some()) {
            checks.missing(
                "openapi.license.name",
                "the name of the licence",
                "set it, such as `MIT`, or remove the rest of `[openapi.license]`",
            );
        }
        if let (Some(_), Some(url)) = (identifier, url) {
            checks.wrong(
                "openapi.license.url",
                "absent while `openapi.license.identifier` is set",
                format!("`{url}`"),
            );
        }
    }
}

impl OpenapiConfig {
    fn check_links(&self, checks: &mut Checks) {
        let is_url = |text: &str| {
            text.parse::<Uri>()
                .is_ok_and(|url| url.scheme().is_some() && url.authority().is_some())
        };
        for (key, url) in [
            ("openapi.terms_of_service", &self.terms_of_service),
            ("openapi.contact.url", &self.contact.url),
            ("openapi.license.url", &self.license.url),
        ] {
            if let Some(url) = url.as_deref().filter(|url| !is_url(url)) {
                let expected = "a URL such as `https://example.com/terms`";
                checks.wrong(key, expected, format!("`{url}`"));
            }
        }
        let is_path = |text: &str| text.starts_with('/') && text.parse::<Uri>().is_ok();
        let mut servers = self.servers.iter();
        if let Some(server) = servers.find(|server| !is_path(server) && !is_url(server)) {
            checks.wrong(
                "openapi.servers",
                "a list of URLs such as `https://api.example.com`, or paths",
                format!("`{server}`"),
            );
        }
        if self.servers.is_empty() {
            checks.wrong("openapi.servers", "a list with a URL or `/`", "none");
        }
        if let Some(email) = self
            .contact
            .email
            .as_deref()
            .filter(|text| !text.contains('@'))
        {
            checks.wrong(
                "openapi.contact.email",
                "an email address",
                format!("`{email}`"),
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
