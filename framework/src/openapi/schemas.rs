//! The schemas of the description, each under one name.

use std::collections::BTreeSet;

use schemars::{
    JsonSchema, Schema, SchemaGenerator,
    generate::SchemaSettings,
    transform::{Transform, transform_subschemas},
};
use serde_json::{Map, Value, json};

use crate::validation::Format;

/// Where schemas stand in the end.
const COMPONENTS: &str = "#/components/schemas/";
/// Where those of requests stand until it is known which of them differ from those of answers.
const INPUTS: &str = "#/components/inputs/";

/// Collects schemas. A type that is both taken and given has two, which are one in the end when they are equal.
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

    /// The schema of what a client may send.
    pub(super) fn input<T: JsonSchema + ?Sized>(&mut self) -> Value {
        finish(self.inputs.subschema_for::<T>(), Side::Input)
    }

    /// The same with every field required, as a schema of its own: `FullPostBody`.
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

    /// The same, with the type's own schema instead of a reference to it.
    pub(super) fn input_inline<T: JsonSchema + ?Sized>(&mut self) -> Value {
        finish(T::json_schema(&mut self.inputs), Side::Input)
    }

    /// The schema of what a client gets.
    pub(super) fn output<T: JsonSchema + ?Sized>(&mut self) -> Value {
        finish(self.outputs.subschema_for::<T>(), Side::Output)
    }

    /// All schemas by name, and the final form of the document that refers to them. What is taken in another form than it
    /// is given gets the suffix `Input`.
    pub(super) fn into_components(mut self, document: &mut Value) -> Map<String, Value> {
        let inputs = definitions(&mut self.inputs, Side::Input);
        let mut components = definitions(&mut self.outputs, Side::Output);
        let renamed = differing(&inputs, &components);
        for (name, mut schema) in inputs {
            settle(&mut schema, &renamed);
            let name = input_name(&name, &renamed);
            components.entry(name).or_insert(schema);
        }
        settle(document, &renamed);
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

/// The names under which requests and answers mean different things, directly or through what they refer to.
fn differing(inputs: &Map<String, Value>, outputs: &Map<String, Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for (name, input) in inputs {
            if let Some(output) = outputs.get(name) {
                let mut input = input.clone();
                settle(&mut input, &found);
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

/// Lets references to the schemas of requests point at their final place.
fn settle(value: &mut Value, renamed: &BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get_mut("$ref")
                && let Some(name) = reference.strip_prefix(INPUTS)
            {
                *reference = format!("{COMPONENTS}{}", input_name(name, renamed));
            }
            map.values_mut().for_each(|value| settle(value, renamed));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| settle(item, renamed)),
        _ => {}
    }
}

/// Whose schema it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Input,
    Output,
}

fn finish(mut schema: Schema, side: Side) -> Value {
    Exact(side).transform(&mut schema);
    schema.to_value()
}

/// Says of numbers and times what [`schemars`] leaves to the names of formats: what exactly is accepted.
struct Exact(Side);

impl Transform for Exact {
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

/// The text form of a value. What an application answers with is only as exact as its types are: they also hold values that no
/// client may send.
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

/// The limits of the type, unless a rule has set its own.
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
