//! The component schemas of the OpenAPI document, each under one name.

use std::collections::BTreeSet;

use schemars::{
    JsonSchema, Schema, SchemaGenerator,
    generate::SchemaSettings,
    transform::{Transform, transform_subschemas},
};
use serde_json::{Map, Value, json};

use super::prose::Prose;
use crate::validation::Format;

/// The final location of schemas.
const COMPONENTS: &str = "#/components/schemas/";
/// The location of request schemas until it is known which of them differ from the response schemas of the same name.
const INPUTS: &str = "#/components/inputs/";

/// A collector of schemas. A type that is used in requests and responses has two, which become one if they are equal.
pub(super) struct Schemas {
    inputs: SchemaGenerator,
    outputs: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12();
        Self {
            inputs: settings
                .clone()
                .with(|settings| settings.definitions_path = "/components/inputs".into())
                .for_deserialize()
                .into_generator(),
            outputs: settings
                .with(|settings| settings.definitions_path = "/components/schemas".into())
                .for_serialize()
                .into_generator(),
        }
    }

    /// Adds the schema of a request type.
    pub(super) fn input<T: JsonSchema + ?Sized>(&mut self) -> Value {
        finish(self.inputs.subschema_for::<T>(), Side::Input)
    }

    /// Adds the schema of a request type with every field required, under a name of its own: `FullPostBody`.
    pub(super) fn full_input<T: JsonSchema + ?Sized>(&mut self) -> Value {
        let partial = self.input::<T>();
        let Some(name) = partial["$ref"]
            .as_str()
            .and_then(|reference| reference.strip_prefix(INPUTS))
        else {
            return all_required(partial);
        };
        let definitions = self.inputs.definitions_mut();
        let Some(schema) = definitions.get(name).cloned() else {
            return partial;
        };
        let full_name = format!("Full{name}");
        let reference = json!({ "$ref": format!("{INPUTS}{full_name}") });
        definitions.insert(full_name, all_required(schema));
        reference
    }

    /// Adds the schema of a request type, and returns it itself instead of a reference to it.
    pub(super) fn input_inline<T: JsonSchema + ?Sized>(&mut self) -> Value {
        finish(T::json_schema(&mut self.inputs), Side::Input)
    }

    /// Adds the schema of a response type.
    pub(super) fn output<T: JsonSchema + ?Sized>(&mut self) -> Value {
        finish(self.outputs.subschema_for::<T>(), Side::Output)
    }

    /// Returns all schemas by name, and points the references of the document at them. A request schema that differs from the
    /// response schema gets the suffix `Input`.
    pub(super) fn into_components(mut self, document: &mut Value) -> Map<String, Value> {
        let inputs = definitions(&mut self.inputs, Side::Input);
        let mut components = definitions(&mut self.outputs, Side::Output);
        let renamed = differing(&inputs, &components);
        for (name, mut schema) in inputs {
            resolve_references(&mut schema, &renamed);
            let name = input_name(&name, &renamed);
            components.entry(name).or_insert(schema);
        }
        resolve_references(document, &renamed);
        components
    }
}

fn all_required(mut schema: Value) -> Value {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return schema;
    };
    for property in properties.values_mut().filter_map(Value::as_object_mut) {
        property.remove("default");
    }
    let names: Vec<_> = properties.keys().cloned().collect();
    schema["required"] = names.into();
    schema
}

fn definitions(generator: &mut SchemaGenerator, side: Side) -> Map<String, Value> {
    let definitions = generator.take_definitions(true);
    definitions
        .into_iter()
        .map(|(name, schema)| {
            let schema = Schema::try_from(schema).unwrap_or_default();
            (name, finish(schema, side))
        })
        .collect()
}

/// The names whose request and response schemas differ, directly or through their references.
fn differing(inputs: &Map<String, Value>, outputs: &Map<String, Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for (name, input) in inputs {
            if let Some(output) = outputs.get(name) {
                let mut input = input.clone();
                resolve_references(&mut input, &found);
                if input != *output {
                    found.insert(name.clone());
                }
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

fn input_name(name: &str, renamed: &BTreeSet<String>) -> String {
    if renamed.contains(name) {
        format!("{name}Input")
    } else {
        name.to_owned()
    }
}

/// Points the references to request schemas at their final location.
fn resolve_references(value: &mut Value, renamed: &BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get_mut("$ref")
                && let Some(name) = reference.strip_prefix(INPUTS)
            {
                *reference = format!("{COMPONENTS}{}", input_name(name, renamed));
            }
            map.values_mut()
                .for_each(|value| resolve_references(value, renamed));
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| resolve_references(item, renamed)),
        _ => {}
    }
}

/// The side of an exchange that a schema describes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Input,
    Output,
}

fn finish(mut schema: Schema, side: Side) -> Value {
    ExactLimits(side).transform(&mut schema);
    Prose.transform(&mut schema);
    schema.to_value()
}

/// A transform that adds the exact limits of numbers and times, which [`schemars`] leaves to the names of formats.
struct ExactLimits(Side);

impl Transform for ExactLimits {
    fn transform(&mut self, schema: &mut Schema) {
        let format = schema
            .get("format")
            .and_then(Value::as_str)
            .map(str::to_owned);
        match format.as_deref() {
            Some("int8") => bounds(schema, i8::MIN, i8::MAX),
            Some("int16") => bounds(schema, i16::MIN, i16::MAX),
            Some("int32") => bounds(schema, i32::MIN, i32::MAX),
            Some("int64" | "int") => bounds(schema, i64::MIN, i64::MAX),
            Some("uint8") => bounds(schema, u8::MIN, u8::MAX),
            Some("uint16") => bounds(schema, u16::MIN, u16::MAX),
            Some("uint32") => bounds(schema, u32::MIN, u32::MAX),
            Some("uint64" | "uint") => bounds(schema, u64::MIN, u64::MAX),
            Some("float") if self.0 == Side::Input => bounds(schema, f32::MIN, f32::MAX),
            known => {
                let pattern = schema.get("pattern").and_then(Value::as_str);
                if let Some(text) = Format::described(known, pattern) {
                    describe_text(schema, text, self.0);
                }
            }
        }
        transform_subschemas(self, schema);
    }
}

/// Describes the text form of a value. Responses are only as exact as their types are: these also hold values that no client
/// may send.
fn describe_text(schema: &mut Schema, text: Format, side: Side) {
    let is_known = matches!(text, Format::Date | Format::Instant | Format::Uuid);
    if side == Side::Output && (is_known || text == Format::AnyDecimal) {
        return;
    }
    let schema = schema.ensure_object();
    schema.remove("format");
    if let Value::Object(mut exact) = text.schema() {
        // The type stays, which may be `null` as well.
        exact.retain(|key, _| key != "type" || !schema.contains_key("type"));
        schema.extend(exact);
    }
    if let Some(example) = text.example() {
        schema.insert("examples".to_owned(), json!([example]));
    }
}

/// Adds the limits of the type, unless a rule has set its own.
fn bounds<N: Into<Value>>(schema: &mut Schema, min: N, max: N) {
    let schema = schema.ensure_object();
    let min_is_open = !schema.contains_key("exclusiveMinimum");
    let max_is_open = !schema.contains_key("exclusiveMaximum");
    if min_is_open {
        schema.entry("minimum").or_insert(min.into());
    }
    if max_is_open {
        schema.entry("maximum").or_insert(max.into());
    }
}
