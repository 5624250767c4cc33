//! Examples of request and response bodies, with the values that the generators use in tests.

use serde_json::{Map, Value, json};

/// The depth at which schemas that refer to themselves end.
const MAX_DEPTH: usize = 12;

/// Makes a value that a schema allows.
pub(super) fn of(schema: &Value, components: &Map<String, Value>) -> Value {
    make(schema, "text", components, 0)
}

fn make(schema: &Value, name: &str, components: &Map<String, Value>, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    let given = [&schema["examples"][0], &schema["const"], &schema["enum"][0]];
    if let Some(given) = given.into_iter().find(|value| !value.is_null()) {
        return given.clone();
    }
    let deeper = |schema: &Value| make(schema, name, components, depth + 1);
    if let Some(reference) = schema["$ref"].as_str() {
        let target = reference.rsplit('/').next().unwrap_or_default();
        return components.get(target).map_or(Value::Null, deeper);
    }
    for alternatives in ["oneOf", "anyOf"] {
        let first = schema[alternatives]
            .as_array()
            .and_then(|all| all.iter().find(|schema| schema["type"] != "null"));
        if let Some(first) = first {
            return deeper(first);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut merged = Map::new();
        for part in parts.iter().map(deeper) {
            merged.extend(part.as_object().cloned().unwrap_or_default());
        }
        return merged.into();
    }
    match type_of(schema) {
        Some("object") => {
            let properties = schema["properties"].as_object();
            properties
                .into_iter()
                .flatten()
                .map(|(name, schema)| (name.clone(), make(schema, name, components, depth + 1)))
                .collect::<Map<_, _>>()
                .into()
        }
        Some("array") => json!([deeper(&schema["items"])]),
        Some("string") => text(schema, name),
        Some("integer") => integer(schema),
        Some("number") => json!(1.5),
        Some("boolean") => json!(true),
        Some("null") => Value::Null,
        _ => json!({ "n": 1 }),
    }
}

/// The type of a schema, of several the first that is not `null`.
fn type_of(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(name) => Some(name),
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null"),
        _ => None,
    }
}

fn text(schema: &Value, name: &str) -> Value {
    let text = match schema["format"].as_str() {
        Some("date-time") => "2026-01-01T10:00:00Z".to_owned(),
        Some("date") => "2026-01-01".to_owned(),
        Some("uuid") => "00000000-0000-4000-8000-000000000001".to_owned(),
        Some("email") => "name@example.com".to_owned(),
        Some("uri") => "https://www.example.com/".to_owned(),
        _ => format!("{} 1", super::name::humanize(name)),
    };
    let length = text.chars().count() as u64;
    let shortest = schema["minLength"].as_u64().unwrap_or(1);
    match schema["maxLength"].as_u64() {
        Some(max) if length > max => json!("1".repeat(usize::try_from(shortest).unwrap_or(1))),
        _ if length < shortest => {
            let more = usize::try_from(shortest - length).unwrap_or_default();
            json!(text + &"1".repeat(more))
        }
        _ => json!(text),
    }
}

fn integer(schema: &Value) -> Value {
    match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
        (Some(min), _) if min > 1 => json!(min),
        (_, Some(max)) if max < 1 => json!(max),
        _ => json!(1),
    }
}
