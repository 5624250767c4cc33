//! The section `[views]`: pages.

use serde::{Deserialize, Serialize};

use super::{Checks, Section};

/// The section `[views]`: pages. It has an effect with the Cargo feature `views`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ViewsConfig {
    /// The languages that there are messages in, as [BCP 47](https://www.rfc-editor.org/info/bcp47) names them (`en`, `pt-BR`); the first one is
    /// for readers who accept none of them. Default `en`.
    pub locales: Vec<String>,
    /// True if pages have a path in each language: `/de/posts` is `/posts` in German, and the first language has no such beginning. The path then decides
    /// the language, and neither a cookie nor `Accept-Language` does. Default `false`.
    pub locale_in_path: bool,
}

impl Default for ViewsConfig {
    fn default() -> Self {
        Self {
            locales: vec!["en".to_owned()],
            locale_in_path: false,
        }
    }
}

impl Section for ViewsConfig {
    fn check(&self, checks: &mut Checks) {
        const EXPECTED: &str = "a list of languages such as `en` or `pt-BR`";

        if self.locales.is_empty() {
            checks.wrong("views.locales", EXPECTED, "none");
        }
        if let Some(wrong) = self.locales.iter().find(|locale| !is_locale(locale)) {
            checks.wrong("views.locales", EXPECTED, format!("`{wrong}`"));
        }
    }
}

/// Returns whether a text is a language, with a script or region or without.
fn is_locale(text: &str) -> bool {
    let mut parts = text.split('-');
    let is_language = |part: &str| {
        (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    let is_other = |part: &str| {
        (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    parts.next().is_some_and(is_language) && parts.all(is_other)
}

#[cfg(test)]
mod tests {
    use super::is_locale;

    #[test]
    fn locales_are_languages_with_or_without_a_region() {
        for right in ["en", "de", "pt-BR", "zh-Hant-TW", "gsw"] {
            assert!(is_locale(right), "{right}");
        }
        for wrong in ["", "EN", "english", "en_US", "en-", "../en", "e"] {
            assert!(!is_locale(wrong), "{wrong}");
        }
    }
}
