//! Locales: the messages of an application in each of its languages, from Fluent files, and the choice of a language for a reader.

use std::{borrow::Cow, collections::BTreeMap};

use fluent_bundle::{
    FluentArgs, FluentError, FluentResource, FluentValue, concurrent::FluentBundle,
};

use super::{ViewError, source::File};

/// The extension of files with messages.
const EXTENSION: &str = ".ftl";

/// The messages of the framework, which an application may replace, and must translate.
const BUILTIN: &str = include_str!("builtin/en.ftl");

type Bundle = FluentBundle<FluentResource>;

/// The messages of all locales.
#[derive(Default)]
pub(super) struct Locales {
    bundles: BTreeMap<String, Bundle>,
    /// The messages of the framework, in English.
    builtin: Option<Bundle>,
}

/// The replacement for a message of the framework that a language lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// The message in English, for readers.
    English,
    /// None, so that the probe finds it.
    Fault,
}

impl Locales {
    /// The messages in files called `LOCALE.ftl`, in any folder. A message that is there twice is an error.
    pub(super) fn of(files: &[File], locales: &[String]) -> Result<Self, ViewError> {
        let mut bundles = BTreeMap::new();
        for locale in locales {
            bundles.insert(locale.clone(), empty_bundle(locale));
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
        let mut builtin = empty_bundle("en");
        let resource = FluentResource::try_new(BUILTIN.to_owned());
        let added = builtin.add_resource(resource.unwrap_or_else(|(resource, _)| resource));
        debug_assert!(added.is_ok(), "{added:?}");
        Ok(Self {
            bundles,
            builtin: Some(builtin),
        })
    }

    /// The name of a language in itself, by its message `language`.
    #[cfg(feature = "views")]
    pub(super) fn name(&self, locale: &str) -> String {
        let none = FluentArgs::new();
        let name = self.message(locale, "language", &none, Missing::Fault);
        name.unwrap_or_else(|_| locale.to_owned())
    }

    /// Returns whether a locale has a message, or an attribute of one.
    pub(super) fn has(&self, locale: &str, key: &str) -> bool {
        let mut bundles = self.bundles_of(locale, Missing::Fault);
        bundles.any(|bundle| format(bundle, key, &FluentArgs::new()).is_some())
    }

    /// The messages of a locale, and after them those of the framework that take the place of missing ones.
    fn bundles_of(&self, locale: &str, missing: Missing) -> impl Iterator<Item = &Bundle> {
        let builtin = self.builtin.as_ref();
        let builtin = builtin.filter(|_| missing == Missing::English || is_english(locale));
        self.bundles.get(locale).into_iter().chain(builtin)
    }

    /// The text of a form: the first message that there is of some keys and that needs no other argument, otherwise the text in English.
    pub(super) fn text(&self, locale: &str, text: &tera::Value) -> String {
        let parameters = text.get_from_path("parameters");
        let mut arguments = FluentArgs::new();
        for (name, value) in parameters
            .and_then(tera::Value::as_map)
            .into_iter()
            .flatten()
        {
            let value = value.as_str().unwrap_or_default().to_owned();
            arguments.set(
                name.to_string(),
                FluentValue::try_number(&value).into_owned(),
            );
        }
        let keys = text.get_from_path("keys").and_then(tera::Value::as_array);
        let mut keys = keys.into_iter().flatten().filter_map(tera::Value::as_str);
        let message =
            keys.find_map(|key| self.message(locale, key, &arguments, Missing::English).ok());
        message.unwrap_or_else(|| {
            let english = text.get_from_path("english");
            english
                .and_then(tera::Value::as_str)
                .unwrap_or_default()
                .to_owned()
        })
    }

    /// A message in a locale. Fails if it is not there, or needs another argument.
    pub(super) fn message(
        &self,
        locale: &str,
        key: &str,
        arguments: &FluentArgs<'_>,
        missing: Missing,
    ) -> Result<String, String> {
        if !self.bundles.contains_key(locale) {
            return Err(format!("there is no locale `{locale}`"));
        }
        let mut bundles = self.bundles_of(locale, missing);
        let message = bundles.find_map(|bundle| format(bundle, key, arguments));
        match message {
            Some(Ok(text)) => Ok(text),
            Some(Err(error)) => Err(format!("the message `{key}` of `{locale}`: {error}")),
            None => Err(format!("no file `{locale}.ftl` has the message `{key}`")),
        }
    }
}

fn empty_bundle(locale: &str) -> Bundle {
    // Names of locales were checked when the configuration was read.
    let language = locale.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // The marks that keep the direction of an argument apart from that of the text around it would be in attributes and tests too.
    bundle.set_use_isolating(false);
    bundle
}

/// The text of a message, or of an attribute of one (`key.attribute`), if it is there.
fn format(
    bundle: &Bundle,
    key: &str,
    arguments: &FluentArgs<'_>,
) -> Option<Result<String, FluentError>> {
    let pattern = match key.split_once('.') {
        Some((id, attribute)) => bundle.get_message(id)?.get_attribute(attribute)?.value(),
        None => bundle.get_message(key)?.value()?,
    };
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(arguments), &mut errors);
    Some(match errors.pop() {
        Some(error) => Err(error),
        None => Ok(text.into_owned()),
    })
}

/// Returns whether the texts of the framework are in this language.
pub(super) fn is_english(locale: &str) -> bool {
    locale
        .split('-')
        .next()
        .is_some_and(|language| language.eq_ignore_ascii_case("en"))
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
        assert_eq!(
            all.message("de", "title", &none, Missing::Fault).as_deref(),
            Ok("Laden")
        );
        assert_eq!(
            all.message("en", "title.short", &none, Missing::Fault)
                .as_deref(),
            Ok("S")
        );
        let mut arguments = FluentArgs::new();
        arguments.set("count", argument(&tera::Value::from(1)));
        assert_eq!(
            all.message("en", "posts-count", &arguments, Missing::Fault)
                .as_deref(),
            Ok("one post")
        );
        arguments.set("count", argument(&tera::Value::from(3)));
        assert_eq!(
            all.message("en", "posts-count", &arguments, Missing::Fault)
                .as_deref(),
            Ok("3 posts")
        );
        let said = all
            .message("de", "posts-count", &arguments, Missing::Fault)
            .unwrap_err();
        assert!(
            said.contains("`de.ftl`") && said.contains("`posts-count`"),
            "{said}"
        );
        let said = all
            .message("en", "hello", &none, Missing::Fault)
            .unwrap_err();
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
