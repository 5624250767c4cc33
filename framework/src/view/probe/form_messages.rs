//! The messages of forms: those that languages other than English need, and those whose arguments no problem has.

use std::collections::BTreeSet;

use fluent_bundle::{FluentArgs, FluentValue};
use serde_json::Value;

use super::{Fault, Probed};
use crate::view::{
    Engine,
    locale::{Locales, Missing, is_english},
    source::File,
};

/// The keyword of a schema under which the field of a form names its messages: `field`, the beginning of the keys of those about its problems, and
/// `values`, the keys of those for its values.
pub(crate) const FORM_MESSAGES: &str = "x-messages";

/// The codes of problems, with the parameters of their messages. A form may have the first ones whatever its rules are.
const PROBLEMS: [(&str, &[&str]); 23] = [
    ("required", &[]),
    ("invalid", &[]),
    ("invalid_type", &[]),
    ("invalid_value", &[]),
    ("too_short", &["min"]),
    ("too_long", &["max"]),
    ("too_small", &["min"]),
    ("too_large", &["max"]),
    ("not_unique", &[]),
    ("not_found", &[]),
    ("changed_meanwhile", &[]),
    ("duplicate_field", &[]),
    ("invalid_characters", &[]),
    ("invalid_credit_card", &[]),
    ("invalid_email", &[]),
    ("invalid_ip", &[]),
    ("invalid_pattern", &["pattern"]),
    ("invalid_phone_number", &[]),
    ("invalid_url", &[]),
    ("mismatch", &["field"]),
    ("null", &[]),
    ("too_deep", &[]),
    ("unknown_field", &[]),
];

/// The number of those that each form may have.
const USUAL: usize = 11;

/// The fields of the forms of a page.
#[derive(Default)]
struct Fields<'a> {
    prefixes: BTreeSet<&'a str>,
    values: BTreeSet<&'a str>,
}

/// The faults of the messages of forms.
pub(super) fn faults(engine: &Engine, pages: &[Probed], files: &[File]) -> Vec<Fault> {
    let loaded = engine.loaded();
    let mut faults = Vec::new();
    let mut prefixes = BTreeSet::new();
    for page in pages {
        let mut fields = Fields::default();
        fields.collect(&page.schema);
        if fields.prefixes.is_empty() {
            continue;
        }
        // Those of problems are missing once, and not on each page.
        let problems: Vec<_> = PROBLEMS[..USUAL]
            .iter()
            .filter(|_| prefixes.is_empty())
            .map(|(code, _)| format!("problem-{code}"))
            .collect();
        let needed = || {
            let values = fields.values.iter().copied();
            values.chain(problems.iter().map(String::as_str))
        };
        for locale in engine.locales().iter().filter(|locale| !is_english(locale)) {
            let missing = needed().filter(|key| !loaded.locales.has(locale, key));
            faults.extend(missing.map(|key| Fault {
                file: page.template.clone(),
                line: 1,
                column: 1,
                message: format!(
                    "no file `{locale}.ftl` has the message `{key}`, which a form needs"
                ),
            }));
        }
        prefixes.extend(fields.prefixes);
    }
    if !prefixes.is_empty() {
        prefixes.insert("problem");
    }
    for locale in engine.locales() {
        for prefix in &prefixes {
            faults.extend(wrong(&loaded.locales, locale, prefix, files));
        }
    }
    faults
}

/// The faults of the messages of problems whose keys begin so: they have an argument that the problem has not.
fn wrong<'a>(
    locales: &'a Locales,
    locale: &'a str,
    prefix: &'a str,
    files: &'a [File],
) -> impl Iterator<Item = Fault> + 'a {
    PROBLEMS.iter().filter_map(move |(code, parameters)| {
        let key = format!("{prefix}-{code}");
        if !locales.has(locale, &key) {
            return None;
        }
        let mut arguments = FluentArgs::new();
        for name in parameters.iter().chain(&["kind"]) {
            arguments.set(*name, FluentValue::try_number("7"));
        }
        let message = locales.message(locale, &key, &arguments, Missing::Fault);
        let (file, line) = place(files, locale, &key);
        Some(Fault {
            file,
            line,
            column: 1,
            message: message.err()?,
        })
    })
}

/// The file and the line of a message.
fn place(files: &[File], locale: &str, key: &str) -> (String, usize) {
    let name = format!("{locale}.ftl");
    let mut of_locale = files.iter().filter(|file| {
        let last = file.name.rsplit('/').next();
        last == Some(name.as_str())
    });
    let found = of_locale.find_map(|file| {
        let text = std::str::from_utf8(&file.contents).ok()?;
        let is_message = |line: &str| {
            let rest = line.strip_prefix(key);
            rest.is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        Some((file.name.clone(), text.lines().position(is_message)? + 1))
    });
    found.unwrap_or((name.clone(), 1))
}

impl<'a> Fields<'a> {
    /// Collects the messages that are named anywhere in a schema.
    fn collect(&mut self, schema: &'a Value) {
        match schema {
            Value::Object(entries) => {
                if let Some(messages) = entries.get(FORM_MESSAGES) {
                    self.prefixes.extend(messages["field"].as_str());
                    let values = messages["values"].as_array().into_iter().flatten();
                    self.values.extend(values.filter_map(Value::as_str));
                }
                entries.values().for_each(|value| self.collect(value));
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            _ => {}
        }
    }
}
