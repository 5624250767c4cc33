//! The fields of forms: their kinds and constraints, from the schema of a request type.

use std::any::type_name;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

use super::text::{FieldKeys, FormText};
use crate::{error::FieldError, view::FORM_MESSAGES};

/// The length from which on a text gets several lines.
const LONG: u64 = 256;

/// A field of a form, as a template shows it. See [`Form`](super::Form) for an example.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct FormField {
    /// The name that is sent.
    pub name: String,
    /// The id of the element.
    pub id: String,
    /// The key of the message that is its label: `posts.title`, for a type in the module `posts` or in its module `dto`, `model` or `pages`.
    pub label: String,
    /// The kind of control: `checkbox`, `checkboxes` for a list of choices, `date`, `datetime-local`, `email`, `number`, `password`, `select`, `text`, `textarea`, `time` or `url`.
    pub kind: String,
    /// The value as text.
    pub value: String,
    /// True for a checkbox that is ticked.
    pub checked: bool,
    /// True if a value must be given.
    pub required: bool,
    /// The least number of characters.
    pub minlength: Option<u64>,
    /// The largest number of characters.
    pub maxlength: Option<u64>,
    /// The smallest number.
    pub min: Option<String>,
    /// The largest number.
    pub max: Option<String>,
    /// The step of a number: `1`, or `any`.
    pub step: Option<String>,
    /// The choices of a select, or the checkboxes.
    pub choices: Vec<FormChoice>,
    /// The number of choices that a select has at most, if there are more, so that the value is entered.
    pub too_many: Option<usize>,
    /// The problems of the value.
    pub errors: Vec<FormError>,
    /// True if the text is JSON.
    #[serde(skip)]
    pub(super) is_json: bool,
    /// The values, if it takes several.
    #[serde(skip)]
    listed: Option<Vec<String>>,
    #[serde(skip)]
    keys: FieldKeys,
}

/// A choice of a select. See [`Form`](super::Form) for an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FormChoice {
    /// The value that is sent.
    pub value: String,
    /// The text that people read.
    pub label: FormText,
    /// True if it is chosen.
    pub selected: bool,
}

/// A problem of a value in a form. See [`Form`](super::Form) for an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FormError {
    /// The problem as a stable code: `too_long`, `not_unique` …
    pub code: String,
    /// The problem, for people.
    pub message: FormText,
}

impl FormError {
    /// A problem, with the key of the message about it in its field, if it belongs to one.
    pub(super) fn new(error: &FieldError, field: Option<&FormField>) -> Self {
        let mut message = FormText::new(format!("problem-{}", error.code), &error.message);
        let parameters = error.parameters.iter();
        message.parameters = parameters
            .map(|(name, value)| (name.clone().into_owned(), value.clone()))
            .collect();
        if let Some(field) = field {
            message.keys.insert(0, field.keys.problem(&error.code));
            let kind = || field.kind.clone();
            message
                .parameters
                .entry("kind".to_owned())
                .or_insert_with(kind);
        }
        Self {
            code: error.code.clone().into_owned(),
            message,
        }
    }
}

/// A problem in the summary of a form. See [`Form`](super::Form) for an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FormProblem {
    /// The id of the element of the field, if it belongs to one.
    pub id: Option<String>,
    /// The label of the field; empty if it belongs to none.
    pub name: FormText,
    /// The problem, for people.
    pub message: FormText,
}

/// The fields of the type `T` with this schema, in the order of their declaration. The fields of a struct in it have names such as `author.name`.
pub(super) fn fields<T>(root: &Value) -> Vec<FormField> {
    let mut found = Vec::new();
    let make = &|name: String, schema: &Value, required| {
        let keys = FieldKeys::of(type_name::<T>(), &name);
        FormField::of(name, keys, schema, required)
    };
    add(root, root, "", make, &mut found);
    found
}

fn add(
    schema: &Value,
    root: &Value,
    prefix: &str,
    make: &impl Fn(String, &Value, bool) -> FormField,
    found: &mut Vec<FormField>,
) {
    let required = schema["required"].as_array();
    let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let (inner, is_nullable) = resolved(property, root);
        let full = format!("{prefix}{name}");
        if inner["properties"].is_object() {
            add(inner, root, &format!("{full}."), make, found);
        } else {
            let must = is_required(name) && !is_nullable;
            let mut field = make(full, inner, must);
            if field.is_list() {
                field.set_values(resolved(&inner["items"], root).0);
            }
            field.fill(&property["default"]);
            found.push(field);
        }
    }
}

/// The key of the message with the label of a column of the entity `E`.
pub(in crate::controller) fn label_of<E>(name: &str) -> String {
    FieldKeys::of(type_name::<E>(), name).label
}

/// The field of a filter of the entity `E`, by which people choose rows: a select for truth values and enums, and nothing is required.
pub(crate) fn filter<E>(name: &str, schema: &Value, value: Option<&str>) -> FormField {
    let keys = FieldKeys::of(type_name::<E>(), name);
    let mut field = FormField::of(name.to_owned(), keys, schema, false);
    field.id = format!("filter-{name}");
    if field.kind == "checkbox" {
        let choices = [("true", "yes"), ("false", "no")];
        let choices = choices.map(|(value, word)| (value.to_owned(), FormText::new(word, word)));
        field.set_choices(choices.into_iter());
    } else if field.kind == "textarea" {
        "text".clone_into(&mut field.kind);
    }
    field.set(value.unwrap_or_default());
    field
}

/// The schema of the values that are not null, and whether there may be null.
fn resolved<'a>(schema: &'a Value, root: &'a Value) -> (&'a Value, bool) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        return target.map_or((schema, false), |target| resolved(target, root));
    }
    for alternatives in ["anyOf", "oneOf"] {
        if let Some(all) = schema[alternatives].as_array() {
            let is_null = |one: &&Value| one["type"] == "null";
            let others: Vec<_> = all.iter().filter(|one| !is_null(one)).collect();
            if let [other] = others[..] {
                return (resolved(other, root).0, all.len() > 1);
            }
        }
    }
    let types = schema["type"].as_array();
    let is_nullable = types.is_some_and(|types| types.iter().any(|one| one == "null"));
    (schema, is_nullable)
}

impl FormField {
    fn of(name: String, keys: FieldKeys, schema: &Value, required: bool) -> Self {
        let kind = kind(schema);
        let number = |key: &str| match &schema[key] {
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let is_text = ["text", "textarea", "password", "email", "url"].contains(&kind);
        let length = |key: &str| schema[key].as_u64().filter(|_| is_text);
        let is_number = kind == "number";
        let is_list = type_of(schema) == Some("array");
        let mut field = Self {
            id: name.replace('.', "-"),
            name,
            label: keys.label.clone(),
            kind: kind.to_owned(),
            // An unticked checkbox is a value too, and so is a list without any.
            required: required && kind != "checkbox" && !is_list,
            minlength: length("minLength").filter(|least| *least > 0),
            maxlength: length("maxLength"),
            min: number("minimum").filter(|_| is_number),
            max: number("maximum").filter(|_| is_number),
            step: match (kind, type_of(schema)) {
                ("number", Some("integer")) => Some("1".to_owned()),
                // Otherwise browsers refuse seconds.
                ("number" | "time" | "datetime-local", _) => Some("any".to_owned()),
                _ => None,
            },
            is_json: schema["type"]
                .as_array()
                .is_some_and(|types| types.iter().any(|one| one == "object")),
            listed: is_list.then(Vec::new),
            keys,
            ..Self::default()
        };
        field.set_values(schema);
        field
    }

    /// Makes the values of an enum its choices, if the schema is that of one.
    fn set_values(&mut self, schema: &Value) {
        let values = values(schema);
        if !values.is_empty() {
            let keys = self.keys.clone();
            self.set_choices(values.into_iter().map(|value| {
                let label = FormText::new(keys.value(value), value.replace('_', " "));
                (value.to_owned(), label)
            }));
        }
    }

    /// Its schema, with what the probe of pages must know: its label, and the messages that languages other than English need for it.
    pub(crate) fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        let values = self.choices.iter().flat_map(|choice| &choice.label.keys);
        let values: Vec<_> = values.collect();
        let messages = json!({ "field": self.keys.prefix, "values": values });
        let mut schema = labelled(&self.label, &generator.subschema_for::<Self>());
        schema.insert(FORM_MESSAGES.to_owned(), messages);
        schema
    }

    /// Returns whether it takes several values.
    pub(super) fn is_list(&self) -> bool {
        self.listed.is_some()
    }

    /// Sets the value, from JSON.
    pub(super) fn fill(&mut self, value: &Value) {
        if self.kind == "password" {
            return;
        }
        let text = match value {
            Value::Null => return,
            Value::Array(items) if self.is_list() => {
                return items.iter().for_each(|item| self.fill(item));
            }
            document if self.is_json => format!("{document:#}"),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        self.set(&text);
    }

    /// Sets the value, as text; to a list it adds one.
    pub(super) fn set(&mut self, text: &str) {
        match (self.kind.as_str(), &mut self.listed) {
            (_, Some(values)) => values.push(text.to_owned()),
            ("checkbox", _) => self.checked = ["true", "on"].contains(&text),
            // A secret is not sent back.
            ("password", _) => {}
            // The control knows neither an offset nor more than a millisecond.
            ("datetime-local", _) => text.get(..19).unwrap_or(text).clone_into(&mut self.value),
            _ => text.clone_into(&mut self.value),
        }
        let mut choices = std::mem::take(&mut self.choices);
        for choice in &mut choices {
            choice.selected = self.has(&choice.value);
        }
        self.choices = choices;
    }

    /// Makes it a select with these choices, or a list of checkboxes.
    pub(crate) fn set_choices(&mut self, choices: impl Iterator<Item = (String, FormText)>) {
        let choices = choices.map(|(value, label)| FormChoice {
            selected: self.has(&value),
            value,
            label,
        });
        self.choices = choices.collect();
        let kind = if self.is_list() {
            "checkboxes"
        } else {
            "select"
        };
        kind.clone_into(&mut self.kind);
    }

    /// Returns whether a value is the one that it has, or one of them.
    fn has(&self, value: &str) -> bool {
        match &self.listed {
            Some(values) => values.iter().any(|listed| listed == value),
            None => value == self.value,
        }
    }

    /// Returns whether the error with a name belongs to it: that of an item belongs to the list.
    pub(super) fn is_named(&self, name: &str) -> bool {
        let rest = name.strip_prefix(self.name.as_str());
        rest.is_some_and(|rest| rest.is_empty() || (self.is_list() && rest.starts_with('.')))
    }
}

/// The schema of something that has a label with this key.
pub(in crate::controller) fn labelled(label: &str, schema: &Schema) -> Schema {
    json_schema!({
        "allOf": [schema, { "type": "object", "properties": { "label": { "const": label } } }],
    })
}

/// The kind of control for the values of a schema.
fn kind(schema: &Value) -> &'static str {
    match type_of(schema) {
        Some("boolean") => return "checkbox",
        Some("integer" | "number") => return "number",
        _ => {}
    }
    if schema["writeOnly"] == true {
        return "password";
    }
    match schema["format"].as_str() {
        Some("date") => "date",
        Some("date-time") => "datetime-local",
        Some("time" | "partial-time") => "time",
        Some("email") => "email",
        Some("password") => "password",
        Some("uri") => "url",
        _ if schema["maxLength"].as_u64().is_some_and(|most| most < LONG) => "text",
        // An identifier or a number of many digits is short, whatever its schema says.
        _ if schema["pattern"].is_string() || schema["format"].is_string() => "text",
        _ => "textarea",
    }
}

/// The type of the values that are not null.
fn type_of(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::Array(types) => types
            .iter()
            .filter_map(Value::as_str)
            .find(|one| *one != "null"),
        one => one.as_str(),
    }
}

/// The values of an enum, as schemars describes one: a list, or alternatives with a description each.
fn values(schema: &Value) -> Vec<&str> {
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().filter_map(Value::as_str).collect();
    }
    let alternatives = schema["oneOf"].as_array().into_iter().flatten();
    alternatives
        .flat_map(|one| match one["const"].as_str() {
            Some(value) => vec![value],
            None => values(one),
        })
        .collect()
}
