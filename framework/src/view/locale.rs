//! Locales: the messages of an application in each of its languages, from Fluent files, and the choice of a language for a reader.

use std::{borrow::Cow, collections::BTreeMap};

use fluent_bundle::{
    FluentArgs, FluentError, FluentResource, FluentValue, concurrent::FluentBundle,
};

use super::{ViewError, source::File};

/// The extension of files with messages.
const EXTENSION: &str = ".ftl";

/// The messages of all locales.
#[derive(Default)]
pub(super) struct Locales {
    bundles: BTreeMap<String, FluentBundle<FluentResource>>,
}

impl Locales {
    /// The messages in files called `LOCALE.ftl`, in any folder. A message that is there twice is an error.
    pub(super) fn of(files: &[File], locales: &[String]) -> Result<Self, ViewError> {
        let mut bundles = BTreeMap::new();
        for locale in locales {
            // Names of locales were checked when the configuration was read.
            let language = locale.parse().unwrap_or_default();
            let mut bundle = FluentBundle::new_concurrent(vec![language]);
            // The marks that keep the direction of an argument apart from that of the text around it would be in attributes and tests too.
            bundle.set_use_isolating(false);
            bundles.insert(locale.clone(), bundle);
        }
        for file in files.iter().filter(|file| file.name.ends_with(EXTENSION)) {
            let failed = |reason: String| ViewError::Messages {
                name: file.name.clone(),
                reason,
            };
            let stem = file.name.rsplit('/').next().unwrap_or(&file.name);
            let locale = stem.trim_end_matches(EXTENSION);
            let Some(bundle) = bundles.get_mut(locale) else {
                let all = locales.join("`, `");
                return Err(failed(format!(
                    "there is no locale `{locale}`, only `{all}`\nhint: add it to `locales` in `[views]`, or rename the file"
                )));
            };
            let text = std::str::from_utf8(&file.contents).map_err(|_| ViewError::Encoding {
                name: file.name.clone(),
            })?;
            let resource = FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| {
                let first = errors.first();
                let first = first.map(|error| (error.pos.start, error.to_string()));
                failed(first_error(text, first))
            })?;
            bundle.add_resource(resource).map_err(|errors| {
                let errors = errors.iter().map(|error| match error {
                    FluentError::Overriding { id, .. } => {
                        format!("the message `{id}` is there twice")
                    }
                    other => other.to_string(),
                });
                failed(errors.collect::<Vec<_>>().join(", "))
            })?;
        }
        Ok(Self { bundles })
    }

    /// Returns whether a locale has a message, or an attribute of one.
    pub(super) fn has(&self, locale: &str, key: &str) -> bool {
        let (id, attribute) = match key.split_once('.') {
            Some((id, attribute)) => (id, Some(attribute)),
            None => (key, None),
        };
        let message = self
            .bundles
            .get(locale)
            .and_then(|bundle| bundle.get_message(id));
        message.is_some_and(|message| match attribute {
            Some(attribute) => message.get_attribute(attribute).is_some(),
            None => message.value().is_some(),
        })
    }

    /// A message in a locale. Fails if it is not there, or needs another argument.
    pub(super) fn message(
        &self,
        locale: &str,
        key: &str,
        arguments: &FluentArgs<'_>,
    ) -> Result<String, String> {
        let Some(bundle) = self.bundles.get(locale) else {
            return Err(format!("there is no locale `{locale}`"));
        };
        // `key.attribute` is an attribute of a message.
        let (id, attribute) = match key.split_once('.') {
            Some((id, attribute)) => (id, Some(attribute)),
            None => (key, None),
        };
        let message = bundle.get_message(id);
        let pattern = message.and_then(|message| match attribute {
            Some(attribute) => Some(message.get_attribute(attribute)?.value()),
            None => message.value(),
        });
        let Some(pattern) = pattern else {
            return Err(format!("no file `{locale}.ftl` has the message `{key}`"));
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(arguments), &mut errors);
        match errors.first() {
            Some(error) => Err(format!("the message `{key}` of `{locale}`: {error}")),
            None => Ok(text.into_owned()),
        }
    }
}

/// The first error of a file, by its place in the text.
fn first_error(text: &str, error: Option<(usize, String)>) -> String {
    let Some((place, error)) = error else {
        return "it cannot be read".to_owned();
    };
    let before = text.get(..place).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    format!("line {line}: {error}")
}

/// A value as an argument of a message.
pub(super) fn argument(value: &tera::Value) -> FluentValue<'static> {
    if let Some(number) = value.as_f64() {
        FluentValue::from(number)
    } else {
        FluentValue::String(Cow::Owned(value.to_string()))
    }
}

/// The locale of a reader: the one that a cookie names, otherwise the best of `Accept-Language` (RFC 9110, section 12.5.4), otherwise the
/// first one.
pub(super) fn choose<'a>(
    locales: &'a [String],
    cookie: Option<&str>,
    accepted: &[(&str, u16)],
) -> &'a str {
    let known = |wanted: &str| {
        locales
            .iter()
            .find(|locale| locale.eq_ignore_ascii_case(wanted))
    };
    if let Some(locale) = cookie.and_then(known) {
        return locale;
    }
    let mut best: Option<(&String, u16)> = None;
    for (range, weight) in accepted.iter().filter(|(_, weight)| *weight > 0) {
        // `de-AT` is served by `de`, and `de` by `de-AT` (RFC 4647, section 3.4).
        let language = range.split('-').next().unwrap_or(range);
        let found = known(range).or_else(|| known(language)).or_else(|| {
            let of_language = |locale: &&String| {
                locale
                    .split('-')
                    .next()
                    .is_some_and(|first| first.eq_ignore_ascii_case(language))
            };
            locales.iter().find(of_language)
        });
        if let Some(locale) = found
            && best.is_none_or(|(_, most)| *weight > most)
        {
            best = Some((locale, *weight));
        }
    }
    best.map(|(locale, _)| locale)
        .or(locales.first())
        .map_or("en", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &'static str) -> File {
        File {
            name: name.to_owned(),
            contents: Cow::Borrowed(text.as_bytes()),
        }
    }

    fn locales(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn messages_are_found_in_all_files_of_a_locale() {
        let files = [
            file(
                "en.ftl",
                "title = Shop\n    .short = S\nhello = Hello, { $name }!\n",
            ),
            file(
                "posts/en.ftl",
                "posts-count = { $count ->\n    [one] one post\n   *[other] { $count } posts\n}\n",
            ),
            file("de.ftl", "title = Laden\n"),
        ];
        let all = Locales::of(&files, &locales(&["en", "de"])).expect("they are right");
        let none = FluentArgs::new();
        assert_eq!(all.message("de", "title", &none).as_deref(), Ok("Laden"));
        assert_eq!(all.message("en", "title.short", &none).as_deref(), Ok("S"));
        let mut arguments = FluentArgs::new();
        arguments.set("count", argument(&tera::Value::from(1)));
        assert_eq!(
            all.message("en", "posts-count", &arguments).as_deref(),
            Ok("one post")
        );
        arguments.set("count", argument(&tera::Value::from(3)));
        assert_eq!(
            all.message("en", "posts-count", &arguments).as_deref(),
            Ok("3 posts")
        );
        let said = all.message("de", "posts-count", &arguments).unwrap_err();
        assert!(
            said.contains("`de.ftl`") && said.contains("`posts-count`"),
            "{said}"
        );
        let said = all.message("en", "hello", &none).unwrap_err();
        assert!(said.contains("name"), "{said}");
    }

    #[test]
    fn files_that_cannot_be_right_are_refused() {
        for (files, expected) in [
            (vec![file("en.ftl", "a = 1\nb = { }\n")], "line 2"),
            (
                vec![file("en.ftl", "a = 1\n"), file("b/en.ftl", "a = 2\n")],
                "`a` is there twice",
            ),
            (vec![file("fr.ftl", "a = 1\n")], "no locale `fr`"),
        ] {
            let error = Locales::of(&files, &locales(&["en"])).err();
            let said = error.expect("it is refused").to_string();
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn the_reader_chooses_the_language() {
        let all = locales(&["en", "de", "pt-BR"]);
        assert_eq!(choose(&all, None, &[]), "en");
        assert_eq!(choose(&all, Some("de"), &[("pt", 1000)]), "de");
        assert_eq!(choose(&all, Some("xx"), &[("pt", 1000)]), "pt-BR");
        assert_eq!(choose(&all, None, &[("fr", 1000), ("de-AT", 500)]), "de");
        assert_eq!(choose(&all, None, &[("en", 300), ("de", 800)]), "de");
        assert_eq!(choose(&all, None, &[("de", 0), ("*", 1000)]), "en");
    }
}
