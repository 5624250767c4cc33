//! A schema in a normal form: `null`, `const`, `oneOf` of constants and `allOf` are unfolded.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    pair::{entries, resolve},
    text,
};

/// A schema in the normal form.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    /// The types other than `null`; `None` for any.
    pub(super) types: Option<BTreeSet<String>>,
    /// True if `null` is allowed.
    pub(super) nullable: bool,
    /// The values other than `null`; `None` for any.
    pub(super) values: Option<Vec<Value>>,
    /// The fields that are described.
    pub(super) properties: BTreeMap<String, Value>,
    /// The fields that are always there.
    pub(super) required: BTreeSet<String>,
    /// The schema of other fields; `None` for anything.
    pub(super) additional: Option<Value>,
    /// The schema of the items of a list; `None` for anything.
    pub(super) items: Option<Value>,
    /// The schemas of which one must hold.
    pub(super) alternatives: Vec<Value>,
    /// Every other keyword.
    pub(super) keywords: BTreeMap<String, Value>,
}

impl Shape {
    /// Reads a schema, following `$ref`s of the document it is in.
    pub(super) fn of(document: &Value, schema: &Value) -> Self {
        let mut merged = Map::new();
        merge(document, schema, &mut merged, 0);
        let mut shape = Self::default();
        let types = merged.remove("type");
        shape.read_types(types.as_ref());
        shape.read_values(&mut merged);
        shape.read_alternatives(document, &mut merged);
        for (keyword, value) in merged {
            match keyword.as_str() {
                "properties" => {
                    shape.properties = entries(&value)
                        .map(|(name, schema)| (name.clone(), schema.clone()))
                        .collect();
                }
                "required" => shape.required = strings(&value),
                "additionalProperties" | "items" if is_any(&value) => {}
                "additionalProperties" => shape.additional = Some(value),
                "items" => shape.items = Some(value),
                _ => {
                    shape.keywords.insert(keyword, value);
                }
            }
        }
        shape
    }

    /// Returns whether fields that are not described are refused.
    pub(super) fn is_closed(&self) -> bool {
        self.additional == Some(Value::Bool(false))
    }

    fn read_types(&mut self, types: Option<&Value>) {
        let mut found = match types {
            None => {
                self.nullable = true;
                return;
            }
            Some(Value::String(one)) => BTreeSet::from([one.clone()]),
            Some(many) => strings(many),
        };
        self.nullable = found.remove("null");
        self.types = Some(found);
    }

    fn read_values(&mut self, merged: &mut Map<String, Value>) {
        let values = match (merged.remove("const"), merged.remove("enum")) {
            (Some(value), _) => vec![value],
            (None, Some(Value::Array(values))) => values,
            _ => return,
        };
        self.nullable &= values.contains(&Value::Null);
        self.values = Some(
            values
                .into_iter()
                .filter(|value| !value.is_null())
                .collect(),
        );
    }

    /// Reads `oneOf` and `anyOf`. One alternative is no choice, `null` is a property of its own, and constants are an
    /// enum.
    fn read_alternatives(&mut self, document: &Value, merged: &mut Map<String, Value>) {
        let Some(Value::Array(mut all)) = merged.remove("oneOf").or_else(|| merged.remove("anyOf"))
        else {
            return;
        };
        let before = all.len();
        all.retain(|schema| resolve(document, schema)["type"] != "null");
        let has_null = all.len() < before;
        let constants: Option<Vec<Value>> = all
            .iter()
            .map(|schema| constants(resolve(document, schema)))
            .collect::<Option<Vec<_>>>()
            .map(|values| values.into_iter().flatten().collect());
        match (constants, all.as_slice()) {
            (Some(values), [_, ..]) => {
                self.nullable = has_null || values.contains(&Value::Null);
                self.values = Some(
                    values
                        .into_iter()
                        .filter(|value| !value.is_null())
                        .collect(),
                );
                self.types
                    .get_or_insert_with(|| BTreeSet::from(["string".to_owned()]));
            }
            (_, [only]) => {
                let only = Self::of(document, only);
                let nullable = has_null || only.nullable;
                *self = Self { nullable, ..only };
            }
            _ => {
                self.nullable = has_null;
                self.alternatives = all;
            }
        }
    }
}

/// Adds a schema, `allOf` included, to a merged one. Values of the same keyword are kept side by side.
fn merge(document: &Value, schema: &Value, merged: &mut Map<String, Value>, depth: usize) {
    // An `allOf` that contains itself says nothing.
    if depth > 16 {
        return;
    }
    if schema.get("$ref").is_some() {
        merge(document, resolve(document, schema), merged, depth + 1);
    }
    if schema == &Value::Bool(false) {
        merged.insert("not".to_owned(), json!({}));
    }
    for (keyword, value) in entries(schema) {
        match keyword.as_str() {
            "$ref" | "$defs" | "default" | "deprecated" => {}
            "allOf" => {
                for part in value.as_array().into_iter().flatten() {
                    merge(document, part, merged, depth + 1);
                }
            }
            keyword if text::is_text(keyword) => {}
            "properties" => {
                let known = merged.entry("properties").or_insert_with(|| json!({}));
                for (name, schema) in entries(value) {
                    let both = match known.get(name) {
                        Some(before) if before != schema => json!({"allOf": [before, schema]}),
                        _ => schema.clone(),
                    };
                    known[name] = both;
                }
            }
            "required" => {
                let mut names = merged.get("required").map(strings).unwrap_or_default();
                names.extend(strings(value));
                merged.insert("required".to_owned(), json!(names));
            }
            _ => {
                let name = match merged.get(keyword) {
                    Some(before) if before != value => format!("{keyword} (in `allOf`)"),
                    _ => keyword.clone(),
                };
                merged.insert(name, value.clone());
            }
        }
    }
}

/// The values of a schema that has no other keywords.
fn constants(schema: &Value) -> Option<Vec<Value>> {
    let says_more = |keyword: &String| {
        !matches!(keyword.as_str(), "const" | "enum" | "type" | "deprecated")
            && !text::is_text(keyword)
    };
    if entries(schema).any(|(keyword, _)| says_more(keyword)) {
        return None;
    }
    match (schema.get("const"), schema.get("enum")) {
        (Some(value), _) => Some(vec![value.clone()]),
        (None, Some(Value::Array(values))) => Some(values.clone()),
        _ => None,
    }
}

fn is_any(schema: &Value) -> bool {
    schema == &Value::Bool(true) || schema.as_object().is_some_and(Map::is_empty)
}

fn strings(value: &Value) -> BTreeSet<String> {
    let values = value.as_array().into_iter().flatten();
    values
        .filter_map(Value::as_str)
        .map(ToOwned::to_owned)
        .collect()
}
